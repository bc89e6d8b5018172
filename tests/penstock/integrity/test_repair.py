"""An unchanged run with damaged artifacts and versions: it repairs them, or runs the nodes again."""

import shutil

import pytest

from penstock.core.errors import DataError
from penstock.integrity import artifacts
from penstock.metadata import lineage
from penstock.versions.record import RECORD
from pipeline.plan import RunOptions, compile_plan
from tests.kept_run import KeptRun, manifest_of, swap_bytes, texts
from tests.penstock.integrity.test_pushed_versions import DAMAGE, without_record
from tests.pipeline.sessions import RecordedUpdates, run_with, write_table

# Together they take more than three seconds.
pytestmark = pytest.mark.slow


@pytest.fixture
def run(config, tmp_path):
    write_table(tmp_path)
    return KeptRun(config).with_key()


class Again:
    """An unchanged run: whether its nodes ran, and what it printed."""

    def __init__(self, config, name="20260102-000001", **options):
        self.ran, heard = False, RecordedUpdates()
        self.run = run_with(config, RunOptions(name, **options), lambda: self._work(config, name), heard)
        self.lines = heard.repairs

    def _work(self, config, name):
        self.ran = True
        KeptRun(config, name)


def test_run_with_intact_artifacts_is_repeated_and_reports_nothing(config, run):
    again = Again(config)
    assert (again.ran, again.lines, again.run.state) == (False, [], "pushed")
    assert {node.state for node in again.run.nodes} == {"cached"}


@pytest.mark.parametrize("name", ["a truncated graph", "no folder", "a lost record"])
def test_damaged_version_is_restored_and_the_run_repeated(config, run, name):
    before = without_record(run.version)
    DAMAGE[name](run.version)
    again = Again(config)
    assert (again.ran, again.run.pushed_version) == (False, 1)
    [line] = again.lines
    assert line.startswith("Damaged: version 1 (")
    assert line.endswith("), restored from its artifacts")
    # The run also writes its report into the version, which the run before did not.
    after = without_record(run.version)
    assert {name: after.get(name) for name in before} == before
    assert Again(config, "20260103-000001").lines == []


@pytest.mark.parametrize(
    ("output", "damage"),
    [
        ("examples", "removed"),
        ("transform_graph", "removed"),
        ("model", "changed"),
        ("blessing", "changed"),
        ("pushed_model", "removed"),
    ],
)
def test_damaged_artifact_is_produced_again(config, run, output, damage):
    folder = run.folders[output]
    if damage == "removed":
        shutil.rmtree(folder)
    else:
        (folder / "more").touch()
    again = Again(config)
    assert again.ran
    assert again.lines == [
        f"Damaged, to be made again: {run.place(output)} "
        f"({'the folder is missing' if damage == 'removed' else 'more was added'})"
    ]
    assert [name for name, live in run.live().items() if not live] == [output]
    assert not folder.exists()
    assert not manifest_of(folder).exists()
    assert Again(config, "20260103-000001").lines == []


def test_every_damaged_artifact_is_found_once_one_is_even_of_earlier_runs(config, run):
    later = KeptRun(config, "20260102-000001").with_key()
    shutil.rmtree(run.folders["model"])
    assert Again(config, "20260103-000001").lines == []
    shutil.rmtree(later.folders["examples"])
    again = Again(config, "20260104-000001")
    assert again.ran
    assert len(again.lines) == 2
    assert (run.live()["model"], later.live()["examples"]) == (False, False)


def test_version_that_cannot_be_restored_runs_the_nodes(config, run):
    (run.version / "saved_model.pb").write_text("graph")
    shutil.rmtree(run.folders["model"])
    shutil.rmtree(run.folders["pushed_model"])
    again = Again(config)
    assert again.ran
    assert again.lines[0] == (
        "Damaged: version 1 (saved_model.pb has 5 bytes instead of 500), and cannot be restored from its artifacts"
    )
    assert len(again.lines) == 3


def test_damage_that_left_size_and_time_is_found_with_verify(config, run):
    swap_bytes(run.folders["model"] / "Format-Serving" / "saved_model.pb", keep_time=True)
    swap_bytes(run.version / "saved_model.pb", keep_time=True)
    assert Again(config).lines == []
    again = Again(config, "20260103-000001", verify=True)
    assert again.ran
    assert [line.split(" (")[0] for line in again.lines] == [
        "Damaged: version 1",
        f"Damaged, to be made again: {run.place('model')}",
    ]


def test_older_version_that_was_removed_is_not_restored_by_a_run(config, run):
    KeptRun(config, "20260102-000001", number=2).with_key()
    shutil.rmtree(run.version)
    assert Again(config, "20260103-000001").lines == []
    assert not run.version.exists()


def test_older_version_that_is_damaged_is_restored(config, run):
    KeptRun(config, "20260102-000001", number=2).with_key()
    before = texts(run.version)
    (run.version / "saved_model.pb").write_text("graph")
    again = Again(config, "20260103-000001")
    assert (again.ran, len(again.lines)) == (False, 1)
    assert texts(run.version).keys() == before.keys()


def test_run_that_executed_nodes_writes_their_manifests(config, run, tmp_path):
    write_table(tmp_path, 2.0)

    def work():
        made = KeptRun(config, "20260102-000001")
        for folder in made.folders.values():
            manifest_of(folder).unlink()

    run_with(config, RunOptions("20260102-000001"), work)
    assert artifacts.without_manifest(config) == []


def test_run_that_failed_writes_the_manifests_of_completed_nodes(config, run, tmp_path):
    write_table(tmp_path, 2.0)

    def work():
        made = KeptRun(config, "20260102-000001")
        for folder in made.folders.values():
            manifest_of(folder).unlink()
        raise DataError("line 7", "a number")

    with pytest.raises(DataError):
        run_with(config, RunOptions("20260102-000001"), work)
    assert artifacts.without_manifest(config) == []


def test_last_run_of_another_push_directory_in_the_same_store_is_not_repeated(config, run, tmp_path):
    from tests.metadata_store import configuration

    shared = f"metadata.uri=sqlite:///{config.metadata_file}"
    other = configuration(tmp_path, "state.directory=other", shared)
    (tmp_path / "other").mkdir()
    from pipeline.repeat import key, repeatable

    assert repeatable(config, RunOptions("r"), key(config)).id == run.run
    assert repeatable(other, RunOptions("r"), key(config)) is None


@pytest.mark.slow
def test_resumed_run_executes_the_nodes_whose_artifacts_were_deleted(config, run):
    shutil.rmtree(run.folders["transform_graph"])
    kept_before = lineage.run(config.store, run.run)
    assert {artifact.live for node in kept_before.nodes for artifact in node.outputs} == {True}
    from penstock.integrity.repair import repair_damage

    assert not repair_damage(config, None, [].append)
    ir = compile_plan(config, RunOptions("resumed", resume=run.run))
    running = {
        node.pipeline_node.node_info.id
        for node in ir.nodes
        if not node.pipeline_node.execution_options.HasField("skip")
    }
    assert {"Transform", "Trainer", "Pusher"} <= running
    assert not {"ExampleGen", "StatisticsGen"} & running


def test_restored_version_has_a_valid_record(config, run):
    (run.version / RECORD).write_text("{")
    Again(config)
    assert (run.version / RECORD).read_text() != "{"
