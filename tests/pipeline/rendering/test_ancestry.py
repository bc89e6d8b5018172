from pathlib import Path

from pipeline.ancestry import BASELINE, Ancestry, Step
from pipeline.lineage import Artifact
from pipeline.rendering.ancestry import picture


def graph(files=1):
    listed = ", ".join(f'{{"path": "part-{n}<b>.csv", "sha256": "{"a" * 64}", "bytes": 1}}' for n in range(files))
    return Ancestry(
        pipeline="taxi",
        version=3,
        directory=Path("/models/3"),
        pushed=4,
        artifacts={
            1: Artifact(1, "Examples", "examples", "", {"files": f"[{listed}]"}),
            2: Artifact(2, "Model", "model", ""),
            4: Artifact(4, "PushedModel", "pushed_model", ""),
            9: Artifact(9, "Model", "model", ""),
        },
        steps={
            11: Step(11, "ExampleGen", "x", "run-1", 0.0, 1.0, {}, ()),
            12: Step(12, "Trainer", "x", "run-1", 1.0, 1.0, {}, ((1, "examples"),)),
            13: Step(13, "Pusher", "x", "run-2", 2.0, 1.0, {}, ((2, "model"), (9, BASELINE))),
        },
        makers={1: 11, 2: 12, 4: 13},
    )


def test_files_steps_and_artifacts_are_all_drawn():
    drawn = picture(graph())._repr_html_()
    for title in ("part-0&lt;b&gt;.csv", "ExampleGen", "Trainer", "Pusher", "Examples", "version 3", "run run-2"):
        assert title in drawn
    assert drawn.count("<path") == 7


def test_the_way_to_a_baseline_is_dashed():
    assert picture(graph())._repr_html_().count("stroke-dasharray") == 1


def test_many_files_are_counted_and_not_drawn_one_by_one():
    drawn = picture(graph(files=9))._repr_html_()
    assert "and 3 more files" in drawn
    assert "part-6" not in drawn
