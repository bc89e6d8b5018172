from pipeline.lineage import Artifact
from pipeline.rendering.rows import examples, row_counts


def test_examples_show_splits_and_digests(written):
    shown = examples(written("Examples"))
    assert "67.0 %" in shown
    assert "f" * 64 in shown


def test_examples_without_notes_are_shown_empty(tmp_path):
    assert examples(Artifact(1, "Examples", "examples", str(tmp_path))) == ""


def test_examples_of_a_database_show_its_address_and_the_digest_of_the_rows(tmp_path):
    noted = {"source": "postgresql://ada@db/taxi", "table": "rides", "files": "[]", "digest": "d" * 64}
    shown = examples(Artifact(1, "Examples", "examples", str(tmp_path), noted))
    assert "postgresql://ada@db/taxi, rides" in shown
    assert "d" * 64 in shown


def test_row_counts_show_every_station(written):
    shown = row_counts(written("penstock.RowCounts"))
    assert [shown.count(f">{count}<") for count in (100, 67, 33)] == [1, 2, 3]
