"""Two recorded runs: equal to themselves and to copies; a planted difference is found in its part, and only there."""

import shutil
from pathlib import Path

import pytest

from penstock.core.errors import ConfigError
from penstock.metadata import lineage
from pipeline.comparison.runs import PARTS, compare
from pipeline.comparison.selection import Selected, select
from tests.metadata_store import CACHED, FAILED
from tests.pipeline.comparison import recorded
from tests.pipeline.comparison.recorded import RUN, TYPES, RecordedRun


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Return a run that no test changes."""
    return RecordedRun(tmp_path_factory.mktemp("original") / "project")


@pytest.fixture
def own(tmp_path):
    return RecordedRun(tmp_path / "project")


def compared(original, folder, tolerance=1e-6):
    """Compare the run with that of another state folder."""
    return compare(select(original.config, RUN), select(original.config, f"{folder}:{RUN}"), tolerance)


def levels(found):
    return {part.name: part.level for part in found.parts}


def test_run_is_identical_to_itself_and_to_a_copy_of_its_state(original, tmp_path):
    itself = select(original.config, RUN)
    assert levels(compare(itself, itself)) == dict.fromkeys(PARTS, "identical")
    found = compared(original, original.copied(tmp_path / "copy"))
    assert levels(found) == dict.fromkeys(PARTS, "identical")
    assert found.unequal == found.changes.settings == found.changes.code == ()
    assert found.parts[0].words == "100 rows in 2 splits, the same bytes"
    assert found.metrics == {"auc": {"a": 0.95, "b": 0.95, "difference": 0.0}}


@pytest.mark.parametrize(
    ("output", "plant", "part"),
    [
        ("examples", recorded.remove_row, "examples"),
        ("statistics", recorded.change_statistic, "statistics"),
        ("schema", recorded.set_flag, "schema"),
        ("transform_graph", recorded.change_entry, "transform"),
        ("verdict", recorded.change_metric, "metrics"),
        ("verdict", recorded.change_verdict, "verdict"),
    ],
)
def test_planted_difference_is_found_in_its_part_and_only_there(original, tmp_path, output, plant, part):
    folder = original.copied(tmp_path / "copy", plant, output)
    found = compared(original, folder)
    assert found.unequal == (part,)
    assert {name: level for name, level in levels(found).items() if level not in ("identical", "equal")} == {
        part: "different"
    }


@pytest.mark.parametrize(
    ("output", "plant", "part"),
    [
        ("examples", recorded.deal_rows_again, "examples"),
        ("schema", recorded.turn_schema, "schema"),
    ],
)
def test_another_order_is_equal_and_not_identical(original, tmp_path, output, plant, part):
    found = compared(original, original.copied(tmp_path / "copy", plant, output))
    assert found.unequal == ()
    assert [name for name, level in levels(found).items() if level != "identical"] == [part]
    assert levels(found)[part] == "equal"


def test_difference_within_the_tolerance_is_close(original, tmp_path):
    folder = original.copied(tmp_path / "copy", lambda place: recorded.change_metric(place, 1e-4), "verdict")
    assert levels(compared(original, folder, 1e-3))["metrics"] == "close"
    assert levels(compared(original, folder, 1e-5))["metrics"] == "different"


def words_of(found, part):
    return next(each.words for each in found.parts if each.name == part)


@pytest.mark.parametrize("output", [*TYPES, "verdict"])
@pytest.mark.parametrize("damage", ["deleted", "changed", "emptied"])
def test_deleted_or_damaged_artifact_is_named_and_the_other_parts_are_compared(original, tmp_path, output, damage):
    folder = original.copied(tmp_path / "copy")
    place = folder / original.folders[output].relative_to(original.config.state_folder)
    file = next(path for path in sorted(place.rglob("*")) if path.is_file())
    if damage == "deleted":
        shutil.rmtree(place)
    elif damage == "changed":
        file.write_bytes(bytes(reversed(file.read_bytes())) + b"!")
    else:
        file.write_bytes(b"")
    found = compared(original, folder)
    parts = [name for name, kind in PARTS.items() if kind == TYPES.get(output, PARTS["verdict"])]
    assert found.unequal == tuple(parts)
    assert {levels(found)[part] for part in parts} == {"unknown"}
    expected = f"in B deleted: {place}" if damage == "deleted" else f"in B damaged: {file.relative_to(place)} has "
    assert words_of(found, parts[0]).startswith(expected)


def test_damage_that_no_manifest_shows_is_a_clause_too(original, tmp_path):
    def cut(place: Path) -> None:
        (place / "verdict.json").write_text("{")

    found = compared(original, original.copied(tmp_path / "copy", cut, "verdict"))
    assert found.unequal == ("metrics", "verdict")
    assert "verdict.json: Invalid JSON" in words_of(found, "metrics")
    assert found.metrics["auc"] == {"a": 0.95, "b": None, "difference": None}


def test_run_that_ended_early_has_parts_that_only_the_other_has(own):
    builder, config = own.builder, own.config
    made = builder.node("early", "ExampleGen", outputs={"examples": _id(own, "examples")}, state=CACHED)
    builder.node("early", "StatisticsGen", inputs=made, state=FAILED)
    found = compare(select(config, RUN), select(config, "early"))
    assert levels(found) == {"examples": "identical", **dict.fromkeys([*PARTS][1:], "different")}
    assert words_of(found, "model") == "only in A; B is failed at StatisticsGen"
    other = compare(select(config, "early"), select(config, RUN))
    assert words_of(other, "model") == "only in B; A is failed at StatisticsGen"


def test_parts_that_neither_run_has_are_no_difference(own):
    builder, config = own.builder, own.config
    for name in ("one", "two"):
        builder.node(name, "ExampleGen", outputs={"examples": _id(own, "examples")}, state=CACHED)
    found = compare(select(config, "one"), select(config, "two"))
    assert levels(found) == {"examples": "identical", **dict.fromkeys([*PARTS][1:], "absent")}
    assert found.unequal == ()


def test_runs_without_any_output_cannot_be_compared(own):
    for name in ("one", "two"):
        own.builder.node(name, "ExampleGen", state=FAILED)
    with pytest.raises(ConfigError) as refused:
        compare(select(own.config, "one"), select(own.config, "two"))
    assert str(refused.value) == (
        "the runs one and two: expected outputs of nodes to compare, received none in either; "
        "compare runs that went further."
    )


def test_artifact_in_a_bucket_is_not_read(own):
    [artifact] = own.builder.store.get_artifacts_by_id([_id(own, "model")])
    copy = type(artifact)(type_id=artifact.type_id, uri="gs://bucket/model")
    [id] = own.builder.store.put_artifacts([copy])
    own.builder.node("far", "Trainer", outputs={"model": id})
    run = lineage.run(own.config.store, "far")
    found = compare(select(own.config, RUN), Selected("", own.config.store, run))
    assert words_of(found, "model") == "in B in a bucket: gs://bucket/model"


def test_settings_and_code_that_differ_are_named(own):
    for name, epochs in (("one", 8), ("two", 10)):
        model = own.builder.node(name, "Trainer", outputs={"model": ("Model", {})})
        execution = max(own.builder.store.get_executions(), key=lambda each: each.id)
        execution.custom_properties["custom_config"].string_value = f'{{"model": {{"epochs": {epochs}}}}}'
        execution.custom_properties["code"].string_value = name
        own.builder.store.put_executions([execution])
        [artifact] = own.builder.store.get_artifacts_by_id(list(model.values()))
        Path(artifact.uri, "Format-Serving").mkdir(parents=True)
    found = compare(select(own.config, "one"), select(own.config, "two"))
    assert [(each.node, each.name, each.one, each.other) for each in found.changes.settings] == [
        ("Trainer", "model.epochs", 8, 10)
    ]
    assert found.changes.code == ("Trainer",)


def _id(own, output):
    uri = str(own.folders[output])
    [id] = [each.id for each in own.builder.store.get_artifacts() if each.uri == uri]
    return id
