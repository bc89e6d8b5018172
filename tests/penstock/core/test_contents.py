"""A folder compared with its recorded state."""

import os

import pytest

from penstock.core import contents
from penstock.core.contents import compare, file_states, from_json, to_json
from tests.kept_run import swap_bytes, write


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, {"a": "text", "below/b": "more text", "empty": ""})
    return tmp_path


def found(folder, recorded, **how):
    return [(d.kind, d.file) for d in compare(folder, recorded, **how).differences]


def test_unchanged_folder_has_no_differences(folder):
    recorded = file_states(folder)
    assert list(recorded) == ["a", "below/b", "empty"]
    assert found(folder, recorded) == found(folder, recorded, verify=True) == []


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
    recorded = file_states(folder)
    damage(folder)
    assert found(folder, recorded) == differences


def test_changed_content_with_the_same_time_is_found_only_with_verify(folder):
    recorded = file_states(folder)
    swap_bytes(folder / "a", keep_time=True)
    assert found(folder, recorded) == []
    assert found(folder, recorded, verify=True) == [("changed", "a")]


def test_content_is_read_only_where_a_time_has_changed(folder, monkeypatch):
    recorded = file_states(folder)
    os.utime(folder / "below" / "b", (1, 1))
    read, sha256_of = [], contents.sha256_of
    monkeypatch.setattr(contents, "sha256_of", lambda path: read.append(path.name) or sha256_of(path))
    comparison = compare(folder, recorded)
    assert (comparison.differences, read) == ((), ["b"])
    assert comparison.states["below/b"].time == 1_000_000_000
    read.clear()
    assert compare(folder, comparison.states).differences == ()
    assert read == []
    compare(folder, recorded, verify=True)
    assert sorted(read) == ["a", "b", "empty"]


def test_words_of_a_difference_say_what_happened(folder):
    recorded = file_states(folder)
    (folder / "below" / "b").write_text("more")
    [difference] = compare(folder, recorded).differences
    assert str(difference) == "below/b has 4 bytes instead of 9"


def test_file_states_are_read_back_from_json(folder):
    recorded = file_states(folder)
    assert from_json(to_json(recorded)) == recorded


@pytest.mark.parametrize("values", [None, [], 1, {"a": 1}, {"a": [1, 2]}, {"a": ["x", 1, "y"]}])
def test_json_of_another_form_is_refused(values):
    with pytest.raises(ValueError, match="no file states"):
        from_json(values)
