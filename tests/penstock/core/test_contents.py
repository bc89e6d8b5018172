"""What a folder holds, compared with what was noted of it."""

import os

import pytest

from penstock.core import contents
from penstock.core.contents import compare, file_states, from_json, to_json
from tests.kept_run import swap_bytes, write


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, {"a": "text", "below/b": "more text", "empty": ""})
    return tmp_path


def found(folder, noted, **how):
    return [(d.kind, d.file) for d in compare(folder, noted, **how).differences]


def test_folder_that_nothing_happened_to_has_no_differences(folder):
    noted = file_states(folder)
    assert list(noted) == ["a", "below/b", "empty"]
    assert found(folder, noted) == found(folder, noted, verify=True) == []


@pytest.mark.parametrize(
    ("damage", "differences"),
    [
        (lambda folder: (folder / "a").unlink(), [("missing", "a")]),
        (lambda folder: (folder / "a").write_text("te"), [("truncated", "a")]),
        (lambda folder: (folder / "a").write_text("longer text"), [("changed", "a")]),
        (lambda folder: swap_bytes(folder / "a"), [("changed", "a")]),
        (lambda folder: (folder / "c").touch(), [("added", "c")]),
        (lambda folder: (folder / "below").rename(folder / "above"), [("missing", "below/b"), ("added", "above/b")]),
    ],
)
def test_each_difference_is_named_by_its_kind_and_file(folder, damage, differences):
    noted = file_states(folder)
    damage(folder)
    assert found(folder, noted) == differences


def test_content_that_changed_under_the_same_time_is_found_by_verifying_alone(folder):
    noted = file_states(folder)
    swap_bytes(folder / "a", keep_time=True)
    assert found(folder, noted) == []
    assert found(folder, noted, verify=True) == [("changed", "a")]


def test_content_is_read_only_where_a_time_has_changed(folder, monkeypatch):
    noted = file_states(folder)
    os.utime(folder / "below" / "b", (1, 1))
    read, sha256_of = [], contents.sha256_of
    monkeypatch.setattr(contents, "sha256_of", lambda path: read.append(path.name) or sha256_of(path))
    comparison = compare(folder, noted)
    assert (comparison.differences, read) == ((), ["b"])
    assert comparison.marks["below/b"].time == 1_000_000_000
    read.clear()
    assert compare(folder, comparison.marks).differences == ()
    assert read == []
    compare(folder, noted, verify=True)
    assert sorted(read) == ["a", "b", "empty"]


def test_words_of_a_difference_say_what_happened(folder):
    noted = file_states(folder)
    (folder / "below" / "b").write_text("more")
    [difference] = compare(folder, noted).differences
    assert str(difference) == "below/b has 4 bytes instead of 9"


def test_marks_survive_being_written(folder):
    noted = file_states(folder)
    assert from_json(to_json(noted)) == noted


@pytest.mark.parametrize("values", [None, [], 1, {"a": 1}, {"a": [1, 2]}, {"a": ["x", 1, "y"]}])
def test_what_is_no_mark_is_refused(values):
    with pytest.raises(ValueError, match="no marks of files"):
        from_json(values)
