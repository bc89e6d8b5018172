"""The format of a column is inferred from all of its values, at any position."""

import time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.values.conversion import MARKS
from penstock.tables.values.inference import ReadOptions, Texts, infer
from tests.penstock.tables.columns import read_column, read_columns, write_columns

READ = {
    "whole numbers": (["1", "-2", " 3 ", "+4"], "integer", [1, -2, 3, 4]),
    "zeros and ones": (["1", "0"], "integer", [1, 0]),
    "two digits with a leading zero": (["01", "12"], "integer", [1, 12]),
    "codes": (["007", "1"], "text", ["007", "1"]),
    "codes at the end": ([*["1"] * 5000, "007"], "text", [*["1"] * 5000, "007"]),
    "the greatest of 64 bits": (["9223372036854775807", "1"], "integer", [2**63 - 1, 1]),
    "beyond 64 bits": (["9223372036854775808", "1"], "text", ["9223372036854775808", "1"]),
    "yes and no": (["yes", "No", " YES "], "boolean", [True, False, True]),
    "one letter": (["Y", "n", "t", "F"], "boolean", [True, False, True, False]),
    "true and false": (["TRUE", "false"], "boolean", [True, False]),
    "words and another": (["yes"] * 5000 + ["maybe"], "text", ["yes"] * 5000 + ["maybe"]),
    "words and numbers": (["1", "0"] * 3000 + ["true"], "text", ["1", "0"] * 3000 + ["true"]),
    "numbers and a word": ([*["1"] * 5000, "x"], "text", [*["1"] * 5000, "x"]),
    "blanks alone": (["  ", "\t"], "text", ["  ", "\t"]),
    "nothing": (["", ""], "text", [None, None]),
    "numbers after nothing": ([""] * 5000 + ["1.5"], "number", [None] * 5000 + [1.5]),
    "words after nothing": (["NA"] * 5000 + ["no"], "boolean", [None] * 5000 + [False]),
    "marks alone": (["NA", "?"], "text", ["NA", "?"]),
    "marks among categories": (["NA", "red", "none", "-"], "text", ["NA", "red", "none", "-"]),
    "text with quotes": (['a "b"', "it's", "x,y", "a\nb"], "text", ['a "b"', "it's", "x,y", "a\nb"]),
    "text with blanks": ([" a ", "b\t"], "text", [" a ", "b\t"]),
    "a blank of another width": (["1\u00a0", "2"], "text", ["1\u00a0", "2"]),
    "a missing value of another blank": (["1", "\u00a0"], "integer", [1, None]),
}


@pytest.mark.parametrize("name", READ)
def test_a_column_is_read_as(tmp_path, name):
    texts, form, values = READ[name]
    found = read_column(tmp_path, texts)
    assert (found.format, found.values) == (form, values)


@pytest.mark.parametrize("mark", [*sorted(MARKS), "NaN", "None", "N/A", "UNKNOWN", " NA ", " "])
@pytest.mark.parametrize(("texts", "values"), [(["1.5"], [1.5]), (["x"], ["x"]), (["yes"], [True])])
def test_a_mark_is_missing_next_to_values_and_a_category_next_to_text(tmp_path, mark, texts, values):
    expected = mark if values == ["x"] else None
    assert read_column(tmp_path, [mark, *texts]).values == [expected, *values]


def test_whole_numbers_beyond_64_bits_are_numbers_where_the_role_asks_for_them(tmp_path):
    found = read_column(tmp_path, ["9223372036854775808", "1"], "numeric")
    assert (found.format, found.values) == ("number", [2.0**63, 1])
    assert read_column(tmp_path, ["007"], "numeric").format == "text"


def test_what_was_counted_is_the_evidence(tmp_path):
    found = read_column(tmp_path, ["1", "2.5", "oops", "NA", "", " "]).finding
    assert (found.present, found.best_match, found.fits["integer"]) == (3, ("number", 2), 1)


def test_texts_that_stand_for_nothing_are_counted(tmp_path):
    found = read_column(tmp_path, ["1", "2.5", "NA", "", " "]).finding
    assert (found.present, found.marked_missing) == (2, 2)


GIVEN = {
    "numbers as text": ({"formats": {"a": "text"}}, ["1", "NA", "007"], ["1", "NA", "007"]),
    "codes as whole numbers": ({"formats": {"a": "integer"}}, ["007", "5.0", "NA"], [7, 5, None]),
    "codes as numbers": ({"formats": {"a": "number"}}, ["007", "NA"], [7, None]),
    "zeros and ones as words": ({"formats": {"a": "boolean"}}, ["t", "F", "?"], [True, False, None]),
    "groups": ({"formats": {"a": "1.234,5"}}, ["1.234", "2"], [1234, 2]),
    "a number that is missing": ({"missing": {"a": ["-999"]}}, ["-999", "1", " -999 "], [None, 1, None]),
    "a word that is missing": ({"missing": {"a": ["Kein Wert"]}}, ["kein wert", "1.5"], [None, 1.5]),
    "a category that is missing": ({"missing": {"a": ["NA"]}}, ["na", "red"], [None, "red"]),
    "a truth that is missing": ({"missing": {"a": ["n"]}}, ["n", "yes"], [None, True]),
    "a date that is missing": ({"missing": {"a": ["01/01/1900"]}, "formats": {"a": "%d/%m/%Y"}},
                               ["01/01/1900", "NA"], [None, None]),
    "after many rows": ({"missing": {"a": ["x"]}}, ["1"] * 5000 + ["x"], [1] * 5000 + [None]),
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_given_holds(tmp_path, name):
    options, texts, values = GIVEN[name]
    assert read_column(tmp_path, texts, **options).values == values


WRONG = {
    "a format that does not fit": (
        {"formats": {"a": "%d/%m/%Y"}},
        ["line 4", "'a'", "'%d/%m/%Y', as data.formats says", "'2021-01-02'", "[data.missing]"],
    ),
    "a format of no column": ({"formats": {"A": "number"}}, ["data.formats 'A'", "did you mean 'a'"]),
    "marks of no column": ({"missing": {"aa": ["x"]}}, ["data.missing 'aa'", "did you mean 'a'"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_given_and_wrong_is_refused(tmp_path, name):
    options, words = WRONG[name]
    with pytest.raises(DataError) as refused:
        read_column(tmp_path, ["31/12/2021", "NA", "2021-01-02"], **options)
    assert all(word in str(refused.value) for word in [str(tmp_path / "rows.csv"), *words])


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path / "rows.parquet")
    return str(path / "rows.parquet")


def opened(source, **options):
    with open_table(Input(source, **options)) as table:
        columns = [column.type for column in table.columns]
        return columns, [tuple(row.values()) for batch in table.batches() for row in batch.to_pylist()]


def test_text_of_parquet_stays_text_but_where_a_way_is_given(tmp_path):
    source = parquet(tmp_path, a=["1,5", "NA"], b=["1", "NA"])
    assert opened(source) == (["VARCHAR", "VARCHAR"], [("1,5", "1"), ("NA", "NA")])
    assert opened(source, formats={"a": "1234,5"}) == (["DOUBLE", "VARCHAR"], [(1.5, "1"), (None, "NA")])
    with pytest.raises(DataError, match=r"rows\.parquet: the column 'a': .*received '1,5'"):
        opened(source, formats={"a": "integer"})


@pytest.mark.parametrize(
    ("values", "kind"),
    [([-999.0, 0.5], "DOUBLE"), ([-999, 5], "BIGINT"), (pa.array([-999, 5], pa.int32()), "INTEGER"),
     (pa.array([-999, 5], pa.decimal128(10, 2)), "DECIMAL(10,2)"), (pa.array([-999, 0.1], pa.float32()), "FLOAT")],
)  # fmt: skip
def test_a_number_of_parquet_is_missing_however_it_is_written(tmp_path, values, kind):
    columns, rows = opened(parquet(tmp_path, a=values), missing={"a": ["-999"]})
    assert columns == [kind]
    last = values[1].as_py() if isinstance(values, pa.Array) else values[1]
    assert rows == [(None,), (last,)]


@pytest.mark.parametrize("name", ["penstock_0_0", "PENSTOCK__0", "source", "a.b", 'a"b', "größe", "select", "place"])
def test_a_column_may_have_any_name(tmp_path, name):
    found = read_columns(tmp_path, {name: ["1", "2.5"], "x": ["yes", "no"]})
    assert found[name].values == [1, 2.5]
    assert found["x"].values == [True, False]


def test_columns_without_a_name_are_read_too(tmp_path):
    (tmp_path / "rows.csv").write_text(",a,\n1,x,2.5\n")
    assert opened(str(tmp_path / "rows.csv")) == (["BIGINT", "VARCHAR", "DOUBLE"], [(1, "x", 2.5)])


def test_a_mark_of_the_byte_order_is_no_part_of_a_name(tmp_path):
    (tmp_path / "rows.csv").write_bytes(b"\xef\xbb\xbfa,b\n1,x\n")
    assert opened(str(tmp_path / "rows.csv"), formats={"a": "number"}) == (["DOUBLE", "VARCHAR"], [(1, "x")])


def test_several_files_are_one_column(tmp_path):
    for number, value in enumerate(["1", "NA", "2.5"]):
        write_columns(tmp_path / f"{number}.csv", {"a": [value], "b": ["x"]})
    assert opened(str(tmp_path))[1] == [(1, "x"), (None, "x"), (2.5, "x")]


def test_a_header_without_rows_is_text(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n")
    assert opened(str(tmp_path / "rows.csv")) == (["VARCHAR", "VARCHAR"], [])


@pytest.mark.slow
def test_a_table_of_many_columns_is_read_in_time(tmp_path):
    names = [f"c{number}" for number in range(2000)]
    kinds = ["1", "2.5", "yes", "2021-01-02", "1,234.5", "x"]
    row = ",".join('"' + kinds[number % 6] + '"' for number in range(2000))
    (tmp_path / "rows.csv").write_text("\n".join([",".join(names), *[row] * 20]) + "\n")
    started = time.process_time()
    columns, rows = opened(str(tmp_path / "rows.csv"))
    assert columns[:6] == ["BIGINT", "DOUBLE", "BOOLEAN", "DATE", "DOUBLE", "VARCHAR"]
    assert len(rows) == 20
    assert time.process_time() - started < 60


def test_no_columns_need_no_look():
    assert infer(Texts("SELECT 1 AS a", duckdb.connect()), [], ReadOptions()) == ()
