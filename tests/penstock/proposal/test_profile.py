"""Profiles of columns of every kind."""

import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.proposal.profile import CELLS, LEAST_ROWS, ROWS, Totals, profile, sample_size
from penstock.tables.sample import sample
from penstock.tables.source import open_table

COUNT = 60


def profiled(folder, values, size=ROWS):
    pq.write_table(pa.table({"c": values}), folder / "rows.parquet")
    with open_table(str(folder / "rows.parquet")) as table:
        totals = Totals()
        [found] = profile(table.columns, sample(table, size, on_batch=totals.add), totals)
    return found


def repeated(*values):
    return [values[n % len(values)] for n in range(COUNT)]


CASES = {
    "integers": (list(range(COUNT)), {"kind": "integer", "low": 0, "high": 59, "is_unique": True, "whole": True}),
    "gaps": (repeated(1, None, 2), {"present": 40, "distinct": 2, "missing": pytest.approx(1 / 3)}),
    "fractions": (repeated(0.5, 1.0), {"kind": "number", "low": 0.5, "high": 1.0, "whole": False}),
    "whole floats": (repeated(1.0, None, 3.0), {"whole": True}),
    "NaN and infinity": (
        repeated(float("nan"), float("inf"), -2.0, 1e300),
        {"present": 45, "infinite": 30, "low": -2.0, "high": -2.0},
    ),
    "constant": (repeated("x"), {"distinct": 1, "values": ("x",), "examples": ("x",)}),
    "blank text": (repeated("", "a"), {"present": 30, "distinct": 1}),
    "sentences": ([f"the row has number {n}" for n in range(COUNT)], {"words": 5.0, "is_unique": True}),
    "booleans": (repeated(True, False, None), {"kind": "boolean", "distinct": 2}),
    "dates": (repeated(datetime.date(2020, 1, 2), None), {"kind": "timestamp", "present": 30}),
    "lists of one length": (repeated([1.0, 2.0], None), {"kind": "list", "length": 2}),
    "lists of several": (repeated([1.0], [1.0, 2.0]), {"length": None}),
    "lists with gaps": (repeated([1.0, None]), {"fault": "", "length": 2}),
    "lists of integers with gaps": (
        repeated([1, None]),
        {"fault": "a list with a missing value, which examples cannot contain"},
    ),
    "without values": (pa.nulls(COUNT, pa.string()), {"present": 0, "sampled": 0}),
    "without a type": (pa.nulls(COUNT), {"present": 0, "fault": ""}),
    "beyond 64 bits": (
        np.full(COUNT, 2**63 + 5, np.uint64),
        {"fault": "integers beyond 64 bits, which examples cannot contain"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_profile_contains_the_facts_of_its_column(tmp_path, name):
    values, facts = CASES[name]
    found = profiled(tmp_path, values)
    assert {key: getattr(found, key) for key in facts} == facts
    assert found.rows == COUNT


def test_nested_values_are_no_columns_of_examples(tmp_path):
    assert "which examples cannot contain" in profiled(tmp_path, repeated({"a": 1})).fault


def test_counts_and_ranges_are_those_of_the_whole_table_where_a_sample_is_looked_at(tmp_path):
    found = profiled(tmp_path, [*range(999), None], size=100)
    assert (found.rows, found.present, found.low, found.high) == (1000, 999, 0, 998)
    assert found.sampled in (99, 100)


@pytest.mark.parametrize(("columns", "rows"), [(1, ROWS), (100, ROWS), (2000, CELLS // 2000), (10**6, LEAST_ROWS)])
def test_fewer_rows_are_looked_at_where_a_table_is_wide(columns, rows):
    assert sample_size(columns) == rows
