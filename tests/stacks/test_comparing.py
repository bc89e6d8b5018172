"""What compares the stacks finds a single changed value; the comparison itself is tested with `penstock.comparison`."""

import numpy as np
import pytest

from tests.penstock.comparison.folders import write_examples
from tests.stacks.comparing import arrays, between_folders, differences, records

pytestmark = pytest.mark.stacks


def test_place_of_a_difference_is_named_and_a_millionth_is_none():
    assert differences({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 3.0}]}) == ["a.1.b: 2 and 3"]
    assert differences({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 2.000001}]}) == []


def test_changed_missing_and_no_files_are_found(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    assert between_folders(one, other, lambda file: file.read_text()) == [f"{one} has no files"]
    for folder in (one, other):
        (folder / "a.txt").write_text("rows")
    assert between_folders(one, other, lambda file: file.read_text()) == []
    (other / "a.txt").write_text("Rows")
    assert between_folders(one, other, lambda file: file.read_text()) == ["a.txt: rows and Rows"]
    (other / "a.txt").rename(other / "b.txt")
    assert between_folders(one, other, lambda file: file.read_text()) == ["only one has ['a.txt', 'b.txt']"]


def test_order_of_records_and_files_is_kept(tmp_path):
    one = write_examples(tmp_path / "one", {"eval": [[b"a", b"b"], [b"c"]]})
    assert records(one, "eval") == [[b"a", b"b"], [b"c"]]


def test_arrays_are_read_as_they_were_written(tmp_path):
    np.savez(tmp_path / "a.npz", column=np.array([1.0, 2.0]), words=np.array([b"a", b"b"], object))
    assert {name: array.tolist() for name, array in arrays(tmp_path / "a.npz").items()} == {
        "column": [1.0, 2.0],
        "words": [b"a", b"b"],
    }
