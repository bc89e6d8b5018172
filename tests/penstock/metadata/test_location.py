"""A project that was moved or copied: its records name its own folders, and never the original's."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from penstock.config.loading import load
from penstock.core.errors import StoreError
from penstock.integrity import artifacts
from penstock.integrity.fsck import examine
from penstock.metadata import lineage, location
from penstock.metadata.ancestry import ancestry
from penstock.metadata.location import Move, detect_move, follow_moved_project
from pipeline.plan import RunOptions
from tests.kept_run import KeptRun, texts
from tests.metadata_store import configuration
from tests.other_process import run_in_other_process
from tests.pipeline.sessions import RecordedUpdates, run_with, write_table

# Together they take more than three seconds.
pytestmark = pytest.mark.slow


@pytest.fixture
def original(tmp_path):
    """Return the configuration of a project with a run and a recorded location."""
    (tmp_path / "original").mkdir()
    write_table(tmp_path / "original")
    config = configuration(tmp_path / "original")
    KeptRun(config).with_key()
    assert follow_moved_project(config.store) is None
    return config


def copied(config, folder, *settings):
    shutil.copytree(config.root, folder)
    return load(folder / "pipeline.toml", settings, {})


def paths(config):
    """Return all paths in the store."""
    queries = (
        "SELECT uri FROM Artifact",
        "SELECT string_value FROM ArtifactProperty WHERE name = 'pushed_destination'",
    )
    with closing(sqlite3.connect(config.metadata_file)) as store:
        return {Path(path) for query in queries for (path,) in store.execute(query)}


def again(config, lines, work=lambda: None):
    heard = RecordedUpdates()
    run = run_with(config, RunOptions("20260102-000001"), work, heard)
    lines += heard.repairs
    return run


def test_unmoved_project_is_not_detected_as_moved(original):
    assert detect_move(original.store) is None
    assert follow_moved_project(original.store) is None


@pytest.mark.parametrize("fate", ["kept", "removed", "damaged"])
def test_copy_is_repeated_from_its_own_artifacts_whatever_happens_to_the_original(original, tmp_path, fate):
    copy = copied(original, tmp_path / "copy")
    model = original.root / "models" / "1" / "saved_model.pb"
    if fate == "removed":
        shutil.rmtree(original.root)
    elif fate == "damaged":
        model.write_text("damaged")
    before = texts(original.root) if fate != "removed" else {}
    lines = []
    run = again(copy, lines, work=lambda: pytest.fail("nothing changed"))
    assert lines == [f"Moved from {original.root}: the records now name {copy.root}."]
    assert (run.state, run.pushed_version) == ("pushed", 1)
    assert all(path.is_relative_to(copy.root) for path in paths(copy))
    assert (texts(original.root) if fate != "removed" else {}) == before
    heard = RecordedUpdates()
    run_with(copy, RunOptions("20260103-000001"), lambda: pytest.fail("nothing changed"), heard)
    assert heard.repairs == []


def test_moved_project_is_repeated(original, tmp_path):
    shutil.move(original.root, tmp_path / "moved")
    config = load(tmp_path / "moved" / "pipeline.toml", (), {})
    lines = []
    assert again(config, lines, work=lambda: pytest.fail("nothing changed")).state == "pushed"
    assert len(lines) == 1


def test_commands_that_read_a_copy_name_its_own_folders_before_any_run(original, tmp_path):
    copy = copied(original, tmp_path / "copy")
    [run] = lineage.runs(copy.store)
    outputs = [artifact for node in run.nodes for artifact in node.outputs]
    assert all(Path(artifact.uri).is_relative_to(copy.artifacts) for artifact in outputs)
    assert run.pushed_model.properties["pushed_destination"] == str(copy.root / "models" / "1")
    assert ancestry(copy.store, "1").directory == copy.root / "models" / "1"
    assert artifacts.damaged_artifacts(copy) == []


def test_artifacts_that_were_not_copied_count_as_damaged(original, tmp_path):
    copy = copied(original, tmp_path / "copy")
    shutil.rmtree(copy.artifacts / "Trainer")
    lines, ran = [], []
    again(copy, lines, work=lambda: ran.append(KeptRun(copy, "20260102-000001")))
    assert len(ran) == 1
    assert lines[1].startswith("Damaged, to be made again: Trainer/model/")
    assert (original.artifacts / "Trainer").is_dir()


def test_copy_below_the_original_is_moved_once(original):
    inside = original.root / "copy"
    shutil.copytree(original.root, original.root.parent / "aside")
    shutil.move(original.root.parent / "aside", inside)
    config = load(inside / "pipeline.toml", (), {})
    assert follow_moved_project(config.store)
    (inside / "state" / "taxi.location.json").write_text(
        json.dumps({"state": str(original.state_folder), "project": str(original.root)})
    )
    follow_moved_project(config.store)  # as after a process that was killed between the two writes
    assert all(path.is_relative_to(inside) and "copy/copy" not in str(path) for path in paths(config))


def test_renamed_state_folder_finds_its_artifacts(original):
    original.state_folder.rename(original.root / "kept")
    config = load(original.root / "pipeline.toml", ["state.directory=kept"], {})
    lines = []
    again(config, lines, work=lambda: KeptRun(config, "20260102-000001"))  # another setting is another key
    assert lines == [f"Moved from {original.state_folder}: the records now name {config.state_folder}."]
    assert artifacts.damaged_artifacts(config) == []


def test_copy_whose_store_stayed_with_the_original_is_refused(original, tmp_path):
    shared = f"metadata.uri=sqlite:///{original.metadata_file}"
    copy = copied(original, tmp_path / "copy", shared)
    before = original.metadata_file.read_bytes()
    with pytest.raises(StoreError) as refused:
        again(copy, [])
    assert str(refused.value) == (
        f"state.directory {copy.state_folder}: expected a folder that the metadata store {original.metadata_file} "
        f"was written for, received a copy of {original.state_folder}; set metadata.uri to a store of its own, or "
        "state.directory to a new folder."
    )
    assert original.metadata_file.read_bytes() == before


def test_same_folder_under_another_name_did_not_move(original, tmp_path):
    (tmp_path / "link").symlink_to(original.root)
    linked = load(tmp_path / "link" / "pipeline.toml", (), {})
    assert detect_move(linked.store) is None
    assert artifacts.damaged_artifacts(linked) == examine(linked) == []
    lines = []
    assert again(linked, lines, work=lambda: pytest.fail("nothing changed")).pushed_version == 1
    assert lines == []


def test_rewriting_that_fails_leaves_the_store_as_it_was(original, tmp_path, monkeypatch):
    copy = copied(original, tmp_path / "copy")
    before = paths(copy)
    with closing(sqlite3.connect(copy.metadata_file)) as store:
        store.execute("CREATE TRIGGER no BEFORE UPDATE ON ArtifactProperty BEGIN SELECT RAISE(ABORT, 'no'); END")
        store.commit()
    with pytest.raises(StoreError, match="expected a store that can be written, received no; fix that, or set"):
        follow_moved_project(copy.store)
    assert paths(copy) == before
    assert detect_move(copy.store) is not None


def test_store_of_a_copy_that_another_process_locks_is_refused_with_the_remedy(original, tmp_path, monkeypatch):
    copy = copied(original, tmp_path / "copy")
    monkeypatch.setattr(location, "WAIT_SECONDS", 0.1)
    program = f"import sqlite3; held = sqlite3.connect({str(copy.metadata_file)!r}); held.execute('BEGIN IMMEDIATE')"
    with run_in_other_process(program), pytest.raises(StoreError) as refused:
        follow_moved_project(copy.store)
    assert str(refused.value).endswith("received database is locked; wait for that process to end.")
    follow_moved_project(copy.store)
    assert detect_move(copy.store) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a/old", "/b/new"),
        ("/a/old/x", "/b/new/x"),
        ('{"base": "/a/old/models"}', '{"base": "/b/new/models"}'),
        (r"{\"source\": \"/a/old\"}", r"{\"source\": \"/b/new\"}"),
        ("/a/older", "/a/older"),
        ("/x/a/old", "/x/a/old"),
        ("text", "text"),
    ],
)
def test_complete_paths_are_replaced_alone_or_within_a_text(text, expected):
    assert Move(((Path("/a/old"), Path("/b/new")),)).apply(text) == expected


def test_store_of_another_schema_is_not_rewritten(original, tmp_path):
    copy = copied(original, tmp_path / "copy")
    with closing(sqlite3.connect(copy.metadata_file)) as store:
        store.execute("UPDATE MLMDEnv SET schema_version = 9")
        store.commit()
    before = copy.metadata_file.read_bytes()
    with pytest.raises(StoreError, match="expected version 10 of ML Metadata's schema, received 9; "):
        follow_moved_project(copy.store)
    assert copy.metadata_file.read_bytes() == before
    assert detect_move(copy.store) is not None
