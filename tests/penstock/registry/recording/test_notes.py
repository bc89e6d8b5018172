"""The notes of runs to be recorded."""

import stat

from penstock.registry.recording import notes
from penstock.registry.recording.notes import Note, PushedFiles
from tests.metadata_store import configuration


def note(run, **given):
    return Note(run=run, project="taxi", model="taxi", experiment={"run": run, "state": "failed"}, **given)


def test_notes_are_read_in_the_order_of_their_runs(config):
    pushed = PushedFiles(number=1, folder="models/1", digest="0" * 64)
    for each in (note("20260102-000000"), note("20260101-000000", version=pushed)):
        notes.write(config, each)
    assert list(notes.read_all(config)) == [note("20260101-000000", version=pushed), note("20260102-000000")]
    notes.remove(config, "20260101-000000")
    notes.remove(config, "20260101-000000")
    assert [each.run for each in notes.read_all(config)] == ["20260102-000000"]


def test_note_replaces_an_earlier_one_and_is_private(config):
    notes.write(config, note("r"))
    notes.write(config, note("r", is_complete=True))
    assert [each.is_complete for each in notes.read_all(config)] == [True]
    [file] = notes.folder_of(config).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_damaged_and_unfinished_files_are_left_alone(config):
    notes.write(config, note("r"))
    for name in ("torn.json", ".r.json.abc.writing", ".hidden.json"):
        (notes.folder_of(config) / name).write_text('{"document": 1, "ru')
    (notes.folder_of(config) / "later.json").write_text('{"document": 2}')
    assert [each.run for each in notes.read_all(config)] == ["r"]
    assert len(list(notes.folder_of(config).iterdir())) == 5


def test_each_pipeline_has_its_own_notes(config, tmp_path):
    notes.write(config, note("r"))
    assert list(notes.read_all(configuration(tmp_path, "name=other"))) == []
