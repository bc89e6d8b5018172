"""Which rows are golden."""

import hashlib
import math
import random

import numpy as np
import pyarrow as pa
import pytest

from penstock.parity.selection import Columns, Selection

COLUMNS = Columns(["kind", "area"], ["fare"], ["note"], ["kind", "area", "fare", "note", "tags"])


def table(rows):
    """Return rows as a batch of lists, with serialized examples that have an order of their own."""
    names = ["kind", "area", "fare", "note", "tags"]
    types = [pa.large_binary(), pa.int64(), pa.float32(), pa.large_binary(), pa.float32()]
    arrays = [
        pa.array([None if row[n] is None else (row[n] if n == 4 else [row[n]]) for row in rows], pa.large_list(kind))
        for n, kind in enumerate(types)
    ]
    return pa.RecordBatch.from_arrays(arrays, names)


def chosen(batches, rows=5, limit=1000, **given):
    selection = Selection(COLUMNS, rows, limit, **given)
    for batch in batches:
        examples = np.array([repr(row).encode() for row in batch], object)
        hashes = [int.from_bytes(hashlib.sha256(each).digest()[:8], "little") for each in examples]
        selection.add(np.array(hashes, np.uint64), examples, table(batch))
    return selection.chosen()


def rows_of(found):
    return [eval(each, {"nan": math.nan, "inf": math.inf}) for each in found.examples]  # noqa: S307  a repr of above


def some_rows(count, seed=1):
    draw = random.Random(seed)
    return [
        (
            draw.choice([b"Cash", b"Card", b"Card", b"Card", None]),
            draw.choice([*range(20), None]),
            draw.choice([None, draw.uniform(-100, 100)]),
            draw.choice([None, b"x" * draw.randrange(30)]),
            draw.choice([None, [1.0, 2.0]]),
        )
        for _ in range(count)
    ]


def test_each_category_extreme_and_missing_value_has_a_row():
    rows = some_rows(400)
    found = chosen([rows])
    golden = rows_of(found)
    for place in range(2):
        assert {row[place] for row in golden} == {row[place] for row in rows}
    numbers = [row[2] for row in rows if row[2] is not None]
    assert {min(numbers), max(numbers)} <= {row[2] for row in golden}
    assert max(len(row[3] or b"") for row in golden) == max(len(row[3] or b"") for row in rows)
    for place in range(5):
        assert any(row[place] is None for row in golden)
    assert (found.of, found.categories, found.left_out) == (400, {"kind": 2, "area": 20}, ())
    assert len(golden) < 60


def test_choice_depends_neither_on_the_order_of_the_rows_nor_on_their_batches():
    rows = some_rows(300)
    shuffled = random.Random(2).sample(rows, len(rows))
    expected = chosen([rows], 100)
    assert len(expected.examples) == 100
    assert chosen([shuffled[:7], shuffled[7:8], shuffled[8:200], shuffled[200:]], 100) == expected
    assert chosen([some_rows(300, seed=3)], 100) != expected


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (40, 40), (500, 90)])
def test_all_rows_are_golden_if_there_are_no_more_than_asked_for(count, expected):
    rows = list(dict.fromkeys((b"a", n, float(n), None, None) for n in range(count)))
    found = chosen([rows], 90, most_categories=5)
    assert len(found.examples) == expected
    assert found.left_out == (("area",) if count > 5 else ())


def test_equal_rows_count_once():
    assert len(chosen([[(b"a", 1, 1.0, None, None)] * 50, [(b"a", 1, 1.0, None, None)] * 50]).examples) == 1


def test_no_more_rows_than_the_limit_are_chosen_and_what_is_left_out_is_named():
    rows = [(b"a", n, 1.0, b"", [1.0]) for n in range(50)]
    found = chosen([rows], 5, limit=10)
    assert len(found.examples) == 10
    assert found.left_out == ("area",)
    assert found.categories["area"] == 10


def test_categories_beyond_the_limit_of_a_column_are_the_same_in_any_order():
    rows = [(b"a", n % 100, 1.0, b"", [1.0]) for n in range(400)]
    rows = [(*row[:2], float(n), *row[3:]) for n, row in enumerate(rows)]
    expected = chosen([rows], 1, most_categories=10)
    assert expected.categories["area"] == 10
    parts = [rows[::-1][n : n + 30] for n in range(0, 400, 30)]
    assert chosen(parts, 1, most_categories=10) == expected


def test_numbers_that_are_not_finite_are_no_extremes():
    rows = [(b"a", 1, value, None, None) for value in (math.nan, math.inf, -math.inf, 3.0, -4.0, 1.0, 2.0)]
    values = {row[2] for row in rows_of(chosen([rows], 1))}
    assert {3.0, -4.0} <= values


def test_column_without_any_value_and_column_that_is_not_there_are_missing():
    batch = pa.RecordBatch.from_arrays([pa.nulls(3)], ["kind"])
    selection = Selection(COLUMNS, 1, 10)
    selection.add(np.array([3, 1, 2], np.uint64), np.array([b"c", b"a", b"b"], object), batch)
    assert selection.chosen().examples == [b"a"]
