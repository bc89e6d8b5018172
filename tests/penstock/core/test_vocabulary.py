"""The vocabulary file: read by column, and unseen values counted."""

import pyarrow as pa
import pytest

from penstock.core.vocabulary import RECORD, UNIT, count_unseen, parse


def content(*columns):
    lines = []
    for number, values in enumerate(columns):
        lines += [f"{number}{RECORD}", *(f"{number}{UNIT}{value}" for value in values)]
    return "\n".join([*lines, f"{len(columns)}{RECORD}", ""]).encode()


def test_each_column_has_its_own_values_in_their_order():
    columns = [["b", "a", "größe"], [], ["1", "x\x1fy"]]
    assert parse(content(*columns), 3) == columns


def test_value_with_separators_is_not_split():
    assert parse(content(["a\x1fb", "c\x1ed", "  "]), 1) == [["a\x1fb", "c\x1ed", "  "]]


@pytest.mark.parametrize(
    ("values", "known", "unseen"),
    [
        (pa.array([b"a", b"b", None, b"a"]), ["a"], 1),
        (pa.array([1234, 2**53 + 1, 2**53, None]), ["1234", str(2**53 + 1)], 1),
        (pa.array([0.5, 2.25, None], pa.float32()), ["0.500000"], 1),
        (pa.array([None, None], pa.int64()), ["1"], 0),
        (pa.array([], pa.binary()), [], 0),
        (pa.array([b"", b"x"]), [], 2),
        (pa.array([b"01234", b"1234"]), ["01234"], 1),
    ],
)
def test_unseen_values_are_counted(values, known, unseen):
    assert count_unseen(values, known) == unseen


@pytest.mark.parametrize("length", [1, 8, 1000])
def test_values_without_a_missing_one_are_counted(length):
    assert count_unseen(pa.array([b"a"] * length), ["b"]) == length
