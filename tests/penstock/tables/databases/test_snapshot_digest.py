"""The digest of rows: the same in every order, another for any other content."""

import datetime
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.tables.databases.snapshot import content_digest

ROW = st.fixed_dictionaries(
    {"n": st.none() | st.integers(-5, 5), "t": st.none() | st.text(max_size=3), "x": st.none() | st.floats(width=32)}
)
SCHEMA = pa.schema([("n", pa.int64()), ("t", pa.string()), ("x", pa.float64())])
WHOLE = {
    "t": ["a", None, "c"],
    "raw": [b"a", None, b""],
    "list": [[1, 2], None, []],
    "texts": [["a, b"], None, ["c"]],
    "day": [datetime.date(2020, 1, 2), None, None],
    "at": [datetime.datetime(2020, 1, 2, 3, 4, 5, 6), None, None],
    "b": [True, False, None],
}


def digest(folder, rows, schema=None):
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "rows.parquet")
    return content_digest(folder / "rows.parquet")


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=8), seed=st.integers(0, 9))
def test_rows_in_another_order_have_the_same_digest(tmp_path_factory, rows, seed):
    folder = tmp_path_factory.getbasetemp()
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert digest(folder, rows, SCHEMA) == digest(folder, shuffled, SCHEMA)
    assert digest(folder, rows, SCHEMA) != digest(folder, [*rows, rows[0]], SCHEMA)


@pytest.mark.parametrize(
    "change",
    [
        {"t": ["a", "", "c"]},
        {"t": ["a", "-", "c"]},
        {"raw": [b"a", None, None]},
        {"list": [[1, 2], None, None]},
        {"list": [[1], None, []]},
        {"texts": [["a", "b"], None, ["c"]]},
        {"at": [datetime.datetime(2020, 1, 2, 3, 4, 5, 7), None, None]},
        {"b": [False, True, None]},
        {"b": [1, 0, None]},
        {"raw": ["a", None, ""]},
        {"more": [None, None, None]},
    ],
)
def test_any_other_content_has_another_digest(tmp_path, change):
    def of(values):
        pq.write_table(pa.table(values), tmp_path / "rows.parquet")
        return content_digest(tmp_path / "rows.parquet")

    assert of(WHOLE) != of({**WHOLE, **change})
    assert of(WHOLE) == of(dict(reversed(WHOLE.items())))


def test_adjacent_values_stay_distinct(tmp_path):
    assert digest(tmp_path, [{"a": "x1:", "b": "y"}]) != digest(tmp_path, [{"a": "x", "b": "1:y"}])
