"""The files of a log: complete ones of one model, each with what it says of itself."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.serving.requests.files import batches, find, newest, of_model
from tests.penstock.serving.requests.logs import answer, write_log


def test_files_below_a_folder_say_what_they_have(tmp_path):
    options = {"hashed": frozenset({"s"}), "without": frozenset({"x"}), "key": b"0123456789abcdef"}
    write_log(tmp_path, answer(x=[1.0], s=["a"], z=[2]), answer(model="n", x=[1], y=[2]), **options)
    first, second = find(tmp_path)
    assert (first.model, second.model, first.signature, first.share) == ("m", "n", "serving_default", 1.0)
    assert (first.hashed, first.without) == (frozenset({"s"}), frozenset({"x"}))
    assert {"penstock_request", "s", "z"} < set(first.columns)
    assert find(first.path) == [first]
    assert of_model([first, second], "n", tmp_path) == [second]
    assert [batch.num_rows for batch in batches(first)] == [1]


def test_files_that_are_being_written_are_left_out(tmp_path):
    write_log(tmp_path, answer())
    (tmp_path / "m" / "serving_default" / ".a.parquet.1.writing").write_bytes(b"PAR1")
    (tmp_path / "m" / "serving_default" / ".hidden.parquet").write_bytes(b"PAR1")
    assert len(find(tmp_path)) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            None,
            "received no such folder; name the folder that `penstock serve` got with --sample-to.",
        ),
        ({}, "expected Parquet files, received none; wait until a file is complete"),
        ({".a.parquet.1.writing": b""}, "received none, and one that is being written; wait"),
        ({"a.parquet": b"PAR1"}, "expected a complete Parquet file, received "),
        ({"a.parquet": b""}, "expected a complete Parquet file, received "),
    ],
)
def test_place_without_a_log_is_refused(tmp_path, content, sentence):
    folder = tmp_path / "log"
    for name, data in (content or {}).items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    if content == {}:
        folder.mkdir()
    with pytest.raises(DataError) as caught:
        find(folder)
    assert sentence in str(caught.value)


def test_other_parquet_file_is_refused(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(
        DataError, match=r"expected the columns of a log of requests, received none named penstock_time"
    ):
        find(tmp_path)
    names = ("penstock_time", "penstock_request", "penstock_version")
    pq.write_table(pa.table({name: [1] for name in names}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"received another Parquet file"):
        find(tmp_path)


def test_file_that_is_cut_is_refused_by_name(tmp_path):
    write_log(tmp_path, answer())
    (file,) = tmp_path.rglob("*.parquet")
    found = find(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError) as caught:
        list(batches(found[0]))
    assert str(file) in str(caught.value)


def test_log_of_other_models_names_them(tmp_path):
    write_log(tmp_path, answer(model="taxi"))
    with pytest.raises(DataError, match="expected requests to m, received those to taxi; .* add --model taxi"):
        of_model(find(tmp_path), "m", tmp_path)


def test_newest_files_come_first_without_those_that_cannot_be_read(tmp_path):
    write_log(tmp_path, answer(model="a"), answer(model="b"))
    for number, model in enumerate(("b", "a")):
        [file] = (tmp_path / model).rglob("*.parquet")
        file.rename(file.with_name(f"2026010{number}.parquet"))
    (tmp_path / "20260105.parquet").write_bytes(b"x")
    (tmp_path / "a" / ".20260109.parquet.1.writing").write_bytes(b"x")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.parquet").write_bytes(b"x")
    found = newest(tmp_path, 2)
    assert [file.model for file in found.files] == ["a"]
    assert ("20260105.parquet: expected a complete Parquet file" in found.damaged[0], len(found.damaged)) == (True, 1)
    assert (found.older, found.writing) == (1, 1)
    assert newest(tmp_path / "nothing", 2).files == ()


@pytest.mark.parametrize("about", [b"no JSON", b"[]", b'{"model": "m"}'])
def test_file_that_says_nothing_readable_of_itself_is_refused(tmp_path, about):
    write_log(tmp_path, answer())
    [file] = tmp_path.rglob("*.parquet")
    table = pq.read_table(file)
    pq.write_table(table.replace_schema_metadata({b"penstock": about}), file)
    with pytest.raises(DataError, match="expected a complete Parquet file"):
        find(tmp_path)


def test_newest_files_are_read_again_if_they_are_replaced(tmp_path):
    write_log(tmp_path, answer())
    (before,) = newest(tmp_path, 10).files
    assert newest(tmp_path, 10).files[0] is before
    other = tmp_path / "other"
    write_log(other, answer(model="n"))
    (path,) = (each.path for each in find(other))
    path.replace(before.path)
    (after,) = newest(tmp_path, 10).files
    assert (before.model, after.model, after.path) == ("m", "n", before.path)
