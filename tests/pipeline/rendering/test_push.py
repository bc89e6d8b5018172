from pathlib import Path

from pipeline.lineage import Artifact
from pipeline.rendering.push import blessing, pushed_model


def test_a_blessing_is_told_from_a_refusal(written):
    artifact = written("ModelBlessing")
    assert "✓ blessed" in blessing(artifact)
    Path(artifact.uri, "BLESSED").unlink()
    assert "✗ not blessed" in blessing(artifact)


def test_a_pushed_version_is_shown_with_its_files(written):
    shown = pushed_model(written("PushedModel"))
    assert "Version 7" in shown
    assert "<td>saved_model.pb</td>" in shown


def test_a_refused_push_is_told(tmp_path):
    assert "nothing was pushed" in pushed_model(Artifact(1, "PushedModel", "pushed", str(tmp_path), {"pushed": 0}))


def test_a_version_that_was_removed_is_told(tmp_path):
    properties = {"pushed": 1, "pushed_version": "7", "pushed_destination": str(tmp_path / "gone")}
    assert "The folder is gone" in pushed_model(Artifact(1, "PushedModel", "pushed", str(tmp_path), properties))
