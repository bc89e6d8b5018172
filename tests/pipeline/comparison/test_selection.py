"""The runs to compare: of this project, of another one, and of another state folder."""

import shutil

import pytest

from penstock.core.errors import ConfigError
from pipeline.comparison.selection import select
from tests.pipeline.comparison.recorded import RUN, RecordedRun


@pytest.fixture
def original(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return RecordedRun(tmp_path / "project")


@pytest.mark.parametrize("name", [RUN, "2026", "latest"])
def test_run_of_this_project_is_named_as_in_the_other_commands(original, name):
    found = select(original.config, name)
    assert (found.folder, found.run.id, str(found)) == ("", RUN, RUN)


@pytest.mark.parametrize("folder", ["copy", "./copy/", "{top}/copy", "copy/pipeline.toml", "copy/state"])
def test_run_of_another_folder_has_the_artifacts_of_that_folder(original, tmp_path, folder):
    shutil.copytree(tmp_path / "project", tmp_path / "copy")
    folder = folder.format(top=tmp_path)
    found = select(original.config, f"{folder}:latest")
    assert (found.folder, found.run.id, str(found)) == (folder, RUN, f"{folder}:{RUN}")
    artifact = found.run.output("Model")
    assert artifact.uri.startswith(f"{tmp_path}/copy/state/artifacts/taxi/")


def test_state_folder_of_another_pipeline_is_read(original, tmp_path):
    other = RecordedRun(tmp_path / "other", "20260202-000002")
    renamed = original.config.model_copy(update={"name": "another"})
    found = select(renamed, f"{other.config.state_folder}:latest")
    assert (found.run.id, found.run.pipeline) == ("20260202-000002", "taxi")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "run '': expected RUN or FOLDER:RUN, received a part of it; name a run, or `latest`."),
        ("state:", "run 'state:': expected RUN or FOLDER:RUN, received a part of it; name a run, or `latest`."),
        (":latest", "run ':latest': expected RUN or FOLDER:RUN, received a part of it; name a run, or `latest`."),
        ("none", "run none: expected the name of a run, received none of 1; list them with `penstock runs`."),
        (
            "nowhere:latest",
            "run nowhere:latest: expected the folder of a project (pipeline.toml) or of its state (metadata.sqlite), "
            "received no such folder; correct the folder before the colon.",
        ),
        (
            "empty:latest",
            "run empty:latest: expected the folder of a project (pipeline.toml) or of its state (metadata.sqlite), "
            "received neither in empty; correct the folder before the colon.",
        ),
        (
            "project:1999",
            "run project:1999: expected the name of a run, received none of 1 in project; "
            "list the runs of that folder, or name another.",
        ),
    ],
)
def test_run_that_is_not_there_is_refused_in_a_sentence(original, tmp_path, text, sentence):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError) as refused:
        select(original.config, text)
    assert str(refused.value) == sentence


def test_wrong_configuration_of_another_project_is_refused_with_its_file(original, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pipeline.toml").write_text("name = 1")
    with pytest.raises(ConfigError, match=r"other/pipeline.toml: "):
        select(original.config, "other:latest")
