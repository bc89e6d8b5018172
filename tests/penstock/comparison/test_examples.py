"""The rows of two runs as sets: the order of files and rows is ignored, and each row counts."""

import gzip
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.comparison.examples import SplitRows, compare_examples, split_rows
from penstock.core.errors import DataError
from penstock.tables.examples.stored import stored_records
from tests.penstock.comparison.folders import write_examples

# Few different rows, so that some occur more than once.
ROWS = st.lists(st.sampled_from([b"", b"a", b"b", b"row " * 40]), min_size=1, max_size=12)


def dealt(rows, draw, files):
    """Return the rows in another order and in some number of files."""
    shuffled = draw.sample(rows, len(rows))
    return [shuffled[number::files] for number in range(files)]


@given(rows=ROWS, files=st.integers(1, 3), compress=st.booleans(), seed=st.integers(0, 9))
def test_order_of_files_and_rows_is_ignored_and_a_missing_row_is_counted(
    tmp_path_factory, rows, files, compress, seed
):
    top, draw = tmp_path_factory.mktemp("rows"), random.Random(seed)
    one = write_examples(top / "one", {"train": [rows], "eval": [[b"e"]]})
    same = write_examples(top / "same", {"train": [rows], "eval": [[b"e"]]})
    assert compare_examples(one, one).level == compare_examples(one, same).level == "identical"
    dealt_again = write_examples(
        top / "dealt", {"train": dealt(rows, draw, files), "eval": [[b"e"], []]}, compress=compress
    )
    found = compare_examples(one, dealt_again)
    assert (found.level, found.counts["only_a"], found.counts["only_b"]) == ("equal", 0, 0)
    assert found.counts["both"] == len(rows) + 1
    lost = draw.randrange(len(rows))
    fewer = write_examples(top / "fewer", {"train": dealt(rows[:lost] + rows[lost + 1 :], draw, files), "eval": [[b"e"]]})
    for pair, counts in (((one, fewer), (1, 0)), ((fewer, one), (0, 1))):
        found = compare_examples(*pair)
        assert (found.level, (found.counts["only_a"], found.counts["only_b"])) == ("different", counts)
        assert found.details == (f"train: {counts[0]} only in A, {counts[1]} only in B, {len(rows) - 1} in both",)


def test_row_in_another_split_and_split_of_one_run_alone_are_found(tmp_path):
    one = write_examples(tmp_path / "one", {"train": [[b"a", b"b"]], "eval": [[b"c"]]})
    moved = write_examples(tmp_path / "moved", {"train": [[b"a"]], "eval": [[b"c", b"b"]]})
    assert compare_examples(one, moved).details == (
        "eval: 0 only in A, 1 only in B, 1 in both",
        "train: 1 only in A, 0 only in B, 1 in both",
    )
    third = write_examples(tmp_path / "third", {"train": [[b"a", b"b"]], "eval": [[b"c"]], "test": [[b"d"] * 1000]})
    found = compare_examples(one, third)
    assert (found.words, found.details) == ("0 rows only in A, 1,000 only in B", ("test: 0 only in A, 1,000 only in B, 0 in both",))
    assert split_rows("test", one, third) == SplitRows("test", 0, 0, 1000)


@pytest.mark.parametrize("compress", [True, False])
def test_records_are_read_as_they_were_written(tmp_path, compress):
    records = [b"", b"a", bytes(range(256)) * 300]
    folder = write_examples(tmp_path, {"train": [records]}, compress=compress)
    [file] = folder.rglob("data*")
    assert list(stored_records(file)) == records


def damaged(content, kind):
    if kind == "shorter":
        return content[:-3]
    if kind == "a longer record":
        return (1 << 40).to_bytes(8, "little") + content[8:]
    return content[:14] + b"!" + content[15:]


@pytest.mark.parametrize("kind", ["shorter", "a longer record", "another byte"])
@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_file_is_refused_with_its_name(tmp_path, kind, compressed):
    folder = write_examples(tmp_path, {"train": [[b"a row of some length", b"another"]]}, compress=False)
    [file] = folder.rglob("data*")
    content = damaged(file.read_bytes(), kind)
    file.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DataError, match="expected a complete TFRecord file") as refused:
        list(stored_records(file))
    assert str(file) in str(refused.value)


def test_truncated_compression_and_a_missing_file_are_refused(tmp_path):
    folder = write_examples(tmp_path, {"train": [[b"row" * 100]]})
    [file] = folder.rglob("data*")
    file.write_bytes(file.read_bytes()[:-12])
    for place in (file, tmp_path / "none"):
        with pytest.raises(DataError, match="write `penstock fsck`"):
            list(stored_records(place))
