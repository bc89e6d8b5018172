"""A single value in a file of any format: the value of the input, or that it is invalid."""

import datetime
import decimal
import json
import math

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.serving.batch.reading import FileColumn, input_sql, text_format
from penstock.serving.batch.rows import open_rows
from penstock.serving.model.casting import match_columns
from tests.penstock.serving.documents import document, wanted

INVALID = "invalid"
DAY, NOON = datetime.datetime(2021, 2, 5), datetime.datetime(2021, 2, 5, 12, 30)
QUARTER = datetime.time(9, 15)


def model_values(source, role, form, *, missing=(), **rest):
    """Return the values of an input with a role and a format for the only column of a file."""
    columns = document(wanted("x", form, role, missing=missing, **rest))
    found = []
    with open_rows(source, columns, reader="version 3") as rows:
        for batch in rows.batches(100):
            values, invalid = batch.values["x"].to_pylist(), batch.invalid["x"]["x"].to_pylist()
            found += [INVALID if is_invalid else value for value, is_invalid in zip(values, invalid, strict=True)]
    return [None if isinstance(value, float) and math.isnan(value) else value for value in found]


def texts(folder, values, ending):
    """Write texts into a file as text."""
    path = folder / f"rows.{ending}"
    if ending == "csv":
        lines = ('"' + value.replace('"', '""') + '"' if value else "" for value in values)
        path.write_text("x,id\n" + "".join(f"{line},1\n" for line in lines))
    elif ending == "jsonl":
        path.write_text("".join(json.dumps({"x": value, "id": 1}) + "\n" for value in values))
    else:
        pq.write_table(pa.table({"x": pa.array(values, pa.string()), "id": [1] * len(values)}), path)
    return path


TEXTS = [
    # Numbers: as programs write them, with marks of missing values, and no other text.
    ("numeric", "integer", ["1", " -2 ", "3.0", "", "NA", "nan"], [1, -2, 3, None, None, None]),
    ("numeric", "integer", ["9007199254740993"], [2**53 + 1]),
    ("numeric", "integer", ["2.5", "1e3", "yes", "true", "2021-02-05", "1-2-3", "9" * 30], [INVALID] * 7),
    ("numeric", "number", ["1", "2.5", " 1e3", "NaN", "null", "inf", "-"], [1, 2.5, 1000, None, None, None, None]),
    ("numeric", "number", ["yes", "true", "1-2-3", "2021-02-05", "1,5", "$1", "12:30"], [INVALID] * 7),
    ("numeric", "DOUBLE", ["2.5", "x", "NA"], [2.5, INVALID, None]),
    ("numeric", "BIGINT", ["2", "x", "2.5"], [2, INVALID, INVALID]),
    ("numeric", "$1,234.5", ["$1,000.5", "$2", "3"], [1000.5, 2, INVALID]),
    ("numeric", "1.234,5 €", ["1.000,5 €", "2,5 €", "1234.5"], [1000.5, 2.5, INVALID]),
    ("numeric", "1234.5%", ["5%", "7.5 %", "5"], [5, 7.5, INVALID]),
    # Booleans: words and bits.
    ("boolean", "boolean", ["yes", "No", "TRUE", "f", "1", "0", ""], [True, False, True, False, True, False, None]),
    ("boolean", "BOOLEAN", ["y", "0", "2", "maybe"], [True, False, INVALID, INVALID]),
    ("boolean", "integer", ["1", "0", "1.0", "yes", "false", "2", ""], [1, 0, 1, 1, 0, INVALID, None]),
    # Dates: in the format of training, and in any unambiguous one.
    ("timestamp", "%m/%d/%Y", ["02/05/2021", "2021-02-05", "13/05/2021"], [DAY, DAY, INVALID]),
    ("timestamp", "%d/%m/%Y", ["05/02/2021", "2021-02-05T12:30:00", "02/13/2021"], [DAY, NOON, INVALID]),
    ("timestamp", "date", ["2021-02-05", "2021-2-5", "2021-02-05 12:30", "5 Feb 2021"], [DAY, DAY, NOON, INVALID]),
    ("timestamp", "timestamp", ["2021-02-05T14:30:00+02:00", "2021-02-05", "20210205"], [NOON, DAY, INVALID]),
    ("timestamp", "TIMESTAMP", ["2021-02-05 12:30:00", "", "soon"], [NOON, None, INVALID]),
    ("timestamp", "%Y%m%d", ["20210205", "2021-02-05", "1612483200"], [DAY, DAY, INVALID]),
    ("timestamp", "epoch_seconds", ["1612483200", "2021-02-05", "x"], [DAY, DAY, INVALID]),
    ("timestamp", "epoch_milliseconds", ["1612483200000", "x"], [DAY, INVALID]),
    ("timestamp", "integer", ["1612483200", "2021-02-05", ""], [1612483200, 1612483200, None]),
    ("timestamp", "integer", ["1612483200000", "20210205", "x", "1.5"], [INVALID] * 4),
    # Categories: text unchanged, times of day in one format, codes with their leading zeros.
    ("categorical", "time", ["09:15:00.000000", "9:15:00", "9:15", "x"], [QUARTER, QUARTER, QUARTER, INVALID]),
    ("categorical", "%I:%M %p", ["9:15 AM", "09:15:00", "9:15", "x"], [QUARTER, QUARTER, INVALID, INVALID]),
    ("categorical", "TIME", ["9:15:00", "NA", "x"], [QUARTER, None, INVALID]),
    ("categorical", "text", ["01234", "1.50", " red "], ["01234", "1.50", " red "]),
    ("categorical", "text", ["NA", "nan", "12:30"], ["NA", "nan", "12:30"]),
    ("categorical", "VARCHAR", ["true", "NA", "null"], ["true", "NA", "null"]),
    ("categorical", "integer", ["9007199254740993", "9007199254740992"], [2**53 + 1, 2**53]),
    ("text", "text", ["a, \"b\"\nc", "größe"], ["a, \"b\"\nc", "größe"]),
]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case[1]} {case[2]}"[:40])
def test_text_is_the_same_in_every_format(tmp_path, ending, case):
    role, form, values, expected = case
    assert as_moments(model_values(texts(tmp_path, values, ending), role, form)) == expected


@pytest.mark.parametrize(("role", "form", "values", "expected"), TEXTS, ids=lambda value: str(value)[:40])
def test_text_alone_is_what_it_is_among_others(tmp_path, role, form, values, expected):
    for value, wanted_value in zip(values, expected, strict=True):
        assert as_moments(model_values(texts(tmp_path, [value], "csv"), role, form)) == [wanted_value]


def as_moments(values):
    """Return dates as timestamps, which is their type in examples."""
    return [
        datetime.datetime(value.year, value.month, value.day) if type(value) is datetime.date else value
        for value in values
    ]


TYPED = [
    ("numeric", "integer", pa.array([1, None]), [1, None]),
    ("numeric", "integer", pa.array([1.0, math.nan, 2.5]), [1, None, INVALID]),
    ("numeric", "integer", pa.array([True]), [INVALID]),
    ("numeric", "number", pa.array([1, None]), [1, None]),
    ("numeric", "$1,234.5", pa.array([1000.5]), [1000.5]),
    ("numeric", "1.234,5 €", pa.array([1000.5]), [1000.5]),
    ("boolean", "boolean", pa.array([True, False, None]), [True, False, None]),
    ("boolean", "boolean", pa.array([1, 0, 2]), [True, False, INVALID]),
    ("boolean", "boolean", pa.array([1.0, 0.0]), [True, False]),
    ("boolean", "integer", pa.array([True, False]), [1, 0]),
    ("boolean", "integer", pa.array([1, 2]), [1, INVALID]),
    ("timestamp", "epoch_milliseconds", pa.array([1612483200000]), [DAY]),
    ("timestamp", "epoch_seconds", pa.array([1612483200.0]), [DAY]),
    ("timestamp", "%Y%m%d", pa.array([20210205]), [DAY]),
    ("timestamp", "%d/%m/%Y", pa.array([20210205]), [INVALID]),
    ("timestamp", "integer", pa.array([1612483200, 1612483200000, 20210205]), [1612483200, INVALID, INVALID]),
    ("categorical", "text", pa.array([1234, None]), ["1234", None]),
    ("categorical", "text", pa.array([5.0, 0.5, math.nan]), ["5", "0.5", None]),
    ("categorical", "text", pa.array([True, None]), ["true", None]),
    ("categorical", "text", pa.array([[1, 2]]), [INVALID]),
    ("numeric", "number", pa.array([[1.5]]), [INVALID]),
    ("categorical", "integer", pa.array([2**53 + 1, 2**53]), [2**53 + 1, 2**53]),
    ("numeric", "integer", pa.array([None, None]), [None, None]),
    ("categorical", "text", pa.array([None]), [None]),
]


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("case", TYPED, ids=lambda case: f"{case[1]} {case[3]}"[:40])
def test_value_with_a_type_is_the_same_in_json_and_parquet(tmp_path, ending, case):
    role, form, column, expected = case
    path = tmp_path / f"rows.{ending}"
    if ending == "parquet":
        pq.write_table(pa.table({"x": column}), path)
    else:
        path.write_text("".join(json.dumps({"x": value}) + "\n" for value in column.to_pylist()))
    assert as_moments(model_values(path, role, form)) == expected


@pytest.mark.parametrize(
    ("role", "form", "column", "expected"),
    [
        ("timestamp", "%d/%m/%Y", pa.array([DAY, NOON]), [DAY, NOON]),
        ("timestamp", "date", pa.array([DAY.date(), None]), [DAY, None]),
        ("timestamp", "integer", pa.array([DAY]), [1612483200]),
        ("timestamp", "TIMESTAMP", pa.array([NOON], pa.timestamp("ms", "Europe/Berlin")), [NOON]),
        ("timestamp", "timestamp", pa.array([1612483200]), [INVALID]),
        ("numeric", "number", pa.array([NOON]), [INVALID]),
        ("numeric", "integer", pa.array([DAY.date()]), [INVALID]),
        ("numeric", "number", pa.array([decimal.Decimal("2.5"), None]), [2.5, None]),
        ("numeric", "DECIMAL(10,2)", pa.array([decimal.Decimal("2.5")]), [2.5]),
        ("numeric", "DECIMAL(10,0)", pa.array([decimal.Decimal(2)]), [2]),
        ("numeric", "number", pa.array([b"1"]), [INVALID]),
        ("categorical", "time", pa.array([QUARTER, None], pa.time32("ms")), [QUARTER, None]),
        ("categorical", "text", pa.array([DAY.date()]), ["2021-02-05"]),
        ("categorical", "text", pa.array([b"raw", None]), [b"raw", None]),
        ("categorical", "BLOB", pa.array([b"\xff"]), [b"\xff"]),
        ("categorical", "integer", pa.array([2**63], pa.uint64()), [INVALID]),
        ("categorical", "text", pa.array(["a", None]).dictionary_encode(), ["a", None]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_types_of_parquet_are_read_where_they_mean_the_same(tmp_path, role, form, column, expected):
    pq.write_table(pa.table({"x": column}), tmp_path / "rows.parquet")
    assert as_moments(model_values(tmp_path / "rows.parquet", role, form)) == expected


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        ("integer", ["-999", "5", "NONE"], [None, 5, None]),
        ("number", [-999, 5.5, -999.0], [None, 5.5, None]),
        ("text", ["-", "a", "none"], [None, "a", None]),
        ("%d/%m/%Y", ["05/02/2021", "unknown", "none"], [DAY, None, None]),
    ],
)
def test_marks_that_training_took_for_missing_are_missing(tmp_path, form, values, expected):
    marks = ("-999", "none", "-")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"x": value}) + "\n" for value in values))
    assert as_moments(model_values(tmp_path / "rows.jsonl", "categorical", form, missing=marks)) == expected
    kind = pa.float64() if form == "number" else pa.string()
    pq.write_table(pa.table({"x": pa.array(values, kind)}), tmp_path / "rows.parquet")
    assert as_moments(model_values(tmp_path / "rows.parquet", "categorical", form, missing=marks)) == expected


def test_json_has_nan_null_and_empty_text_for_what_is_missing(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"x": NaN}\n{"x": null}\n{"x": ""}\n{"x": -Infinity}\n{"y": 1}\n{"x": 2}\n')
    assert model_values(tmp_path / "rows.jsonl", "numeric", "integer") == [None, None, None, None, None, 2]


def test_json_value_is_read_by_itself_next_to_values_of_other_kinds(tmp_path):
    values = [9007199254740993, 1.5, "7", "x", True, [1], {"k": 2}, None]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"x": value}) + "\n" for value in values))
    found = model_values(tmp_path / "rows.jsonl", "numeric", "integer")
    assert found == [2**53 + 1, INVALID, 7, INVALID, INVALID, INVALID, INVALID, None]


def test_seconds_that_read_as_a_day_are_taken_where_training_saw_such(tmp_path):
    (tmp_path / "rows.csv").write_text("x,id\n20210205,1\n")
    assert model_values(tmp_path / "rows.csv", "timestamp", "integer", low=19_000_000.0, high=30_000_000.0) == [
        20_210_205
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.5", 1.5), ("true", 1), ("2021-02-05", 1612483200), ("02/05/2021", INVALID), ("x", INVALID), ("", None)],
)
def test_number_of_a_model_that_does_not_say_is_a_number_a_truth_or_a_moment(tmp_path, text, expected):
    assert model_values(texts(tmp_path, [text], "csv"), "", "number") == [expected]


def test_boolean_and_moment_of_parquet_are_numbers_to_a_model_that_does_not_say(tmp_path):
    for number, (column, expected) in enumerate([(pa.array([True, None]), [1, None]), (pa.array([DAY]), [1612483200])]):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"x": column}), path)
        assert model_values(path, "", "number") == expected


def test_list_is_passed_on_as_it_is():
    columns = document(wanted("x", "FLOAT[2]", "vector"))
    read = input_sql(match_columns(columns, ["x"], table="t", reader="r"), {"x": FileColumn('"x"', "DOUBLE[]")})
    assert duckdb.sql(f"SELECT {read['x'].value}, {read['x'].invalid['x']} FROM (SELECT [1.5, 2] AS x)").fetchall() == [
        ([1.5, 2], False)
    ]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("INTEGER", "integer"),
        ("HUGEINT", "integer"),
        ("DECIMAL(18,0)", "integer"),
        ("DECIMAL(18,3)", "number"),
        ("FLOAT", "number"),
        ("BOOLEAN", "boolean"),
        ("DATE", "date"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp"),
        ("TIMESTAMP_NS", "timestamp"),
        ("TIME", "time"),
        ("VARCHAR", "text"),
        ("UUID", "text"),
        ("BLOB", "text"),
    ],
)
def test_text_of_a_column_that_had_a_type_is_read_in_its_standard_format(kind, form):
    assert text_format(wanted("x", kind)).format == form
