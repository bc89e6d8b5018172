"""The rows of two runs as sets: the order of files and rows is ignored, and each row counts."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.comparison.examples import SplitRows, compare_examples, split_rows
from tests.penstock.comparison.folders import write_examples

# Few different rows, so that some occur more than once.
ROWS = st.lists(st.sampled_from([b"", b"a", b"b", b"row " * 40]), min_size=1, max_size=12)


def dealt(rows, draw, files):
    """Return the rows in another order and in some number of files."""
    shuffled = draw.sample(rows, len(rows))
    return [shuffled[number::files] for number in range(files)]


@pytest.mark.slow
@given(rows=ROWS, files=st.integers(1, 3), compress=st.booleans(), seed=st.integers(0, 9))
def test_order_of_files_and_rows_is_ignored_and_a_missing_row_is_counted(tmp_path_factory, rows, files, compress, seed):
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
    fewer = write_examples(
        top / "fewer", {"train": dealt(rows[:lost] + rows[lost + 1 :], draw, files), "eval": [[b"e"]]}
    )
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
    assert (found.words, found.details) == (
        "0 rows only in A, 1,000 only in B",
        ("test: 0 only in A, 1,000 only in B, 0 in both",),
    )
    assert split_rows("test", one, third) == SplitRows("test", 0, 0, 1000)
