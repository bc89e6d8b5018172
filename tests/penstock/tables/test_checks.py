"""A table is compared with the configuration before anything runs, with one sentence for each mismatch."""

from pathlib import Path

import duckdb
import pytest

from penstock.core.features import Feature, FeatureSpec
from penstock.tables.checks import check
from penstock.tables.input import Input
from penstock.tables.splits import train_eval
from penstock.tables.table import Column
from tests.penstock.tables.checking import sentence, write

TAXI = Path(__file__).parents[3] / "data" / "taxi" / "trips.csv"


def spec(label="label", task="binary", **roles):
    return FeatureSpec(label, task, tuple(Feature(name, role) for name, role in roles.items()))


HALF = ["true", "false"] * 10
LABELS = {
    "missing": ("binary", {"lable": HALF}, ["data.label 'label'", "no column", "did you mean 'lable'"]),
    "in another case": ("binary", {"Label": HALF}, ["did you mean 'Label'"]),
    "empty": ("binary", {"label": [""] * 20}, ["'label'", "none in 20 rows"]),
    "partly missing": ("binary", {"label": [*HALF[:17], "", "", ""]}, ["3 missing of 20", 'WHERE "label" IS NOT NULL']),
    "of one class": ("binary", {"label": ["true"] * 20}, ["two classes", "only True"]),
    "of one class of many": ("multiclass", {"label": ["x"] * 20}, ["two classes", "only 'x'"]),
    "an identifier": ("multiclass", {"label": range(20)}, ["classes that come again", "20 values in 20 rows"]),
    "of two words": ("binary", {"label": ["spam", "ham"] * 10}, ["'ham', 'spam'", '"label" = \'spam\' AS "label"']),
    "of a word and its negation": ("binary", {"label": ["churn", "no churn"] * 10}, ["= 'churn' AS \"label\""]),
    "of words in several spellings": (
        "binary",
        {"label": ["Pos", "neg", "POS", "Neg"] * 5},
        ["\"label\" IN ('POS', 'Pos') AS \"label\""],
    ),
    "of two other numbers": ("binary", {"label": [1, 2] * 10}, ["1, 2", '"label" = 2 AS "label"']),
    "of three values": ("binary", {"label": [0, 1, 2, 3] * 5}, ["0, 1, 2 and more", "multiclass"]),
    "of fractions in classes": ("multiclass", {"label": [0.5, 1.5] * 10}, ["DOUBLE", "CAST"]),
    "infinite in a regression": (
        "regression",
        {"label": [0.5] * 18 + ["inf", 3]},
        ["line 20", "because 'inf' marks a missing value", "1 missing of 20", 'WHERE "label" IS NOT NULL'],
    ),
    "huge in a regression": ("regression", {"label": [0.5] * 18 + ["-1e+300", 3]}, ["line 20", "32-bit", "-1e+300"]),
    "of text in a regression": ("regression", {"label": [*range(18), "many", 3]}, ["line 20", "'label'", "'many'"]),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_label_that_cannot_be_learnt_is_refused(tmp_path, name):
    task, columns, words = LABELS[name]
    source = write(tmp_path / "rows.csv", a=range(20), **columns)
    text = sentence(source, spec=spec(task=task, a="numeric"))
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("task", "values"),
    [
        ("binary", HALF),
        ("binary", [0, 1] * 10),
        ("binary", ["yes", "no"] * 10),
        ("multiclass", ["a", "b"] * 10),
        ("multiclass", [*range(10)] * 2),
        ("regression", range(20)),
        ("regression", [0.5] * 20),
    ],
)
def test_a_label_that_can_be_learnt_passes(tmp_path, task, values):
    source = write(tmp_path / "rows.csv", a=range(20), label=values)
    assert check(source, spec=spec(task=task, a="numeric")).rows == 20


TEXT = [*range(18), "many", 3]
COLUMNS = {
    "numeric": (TEXT, ["line 20", "'a'", "numbers, as 19 of 20 values are (numeric)", "'many'", "[data.missing] a"]),
    "hour": (TEXT, ["line 20", "hour", "'many'"]),
    "weekday": (TEXT, ["line 20", "weekday", "'many'"]),
    "month": (TEXT, ["line 20", "month", "'many'"]),
    "timestamp": (TEXT, ["line 20", "timestamps", "'many'"]),
    "boolean": (["true", "false", *["maybe"] * 18], ["line 4", "booleans", "'maybe'"]),
}


@pytest.mark.parametrize("role", COLUMNS)
def test_a_column_of_another_type_than_its_role_is_refused_by_value_and_line(tmp_path, role):
    values, words = COLUMNS[role]
    source = write(tmp_path / "rows.csv", a=values, label=HALF)
    text = sentence(source, spec=spec(a=role))
    for word in [source, *words]:
        assert word in text


@pytest.mark.parametrize(
    ("role", "values", "words"),
    [
        ("boolean", [0, 1, 2, 1] * 5, ["line 4", "0 and 1", "received 2"]),
        ("boolean", [0.5] * 20, ["DOUBLE"]),
        ("timestamp", [0.5] * 20, ["epoch seconds", "DOUBLE"]),
        ("numeric", ["2024-01-01"] * 20, ["numbers", "DATE"]),
        ("hour", ["2024-01-01 10:00:00"] * 20, ["TIMESTAMP", 'hour("a")']),
        ("numeric", [""] * 20, ["none in 20 rows", "leave it out"]),
        ("categorical", [""] * 20, ["none in 20 rows"]),
    ],
)
def test_further_mismatches_of_role_and_column_are_refused(tmp_path, role, values, words):
    source = write(tmp_path / "rows.csv", a=values, label=HALF)
    text = sentence(source, spec=spec(a=role))
    for word in ["'a'", *words]:
        assert word in text


@pytest.mark.parametrize(
    ("role", "values"),
    [
        ("numeric", range(20)),
        ("numeric", [0.5] * 20),
        ("numeric", HALF),
        ("boolean", HALF),
        ("boolean", [0, 1] * 10),
        ("timestamp", range(20)),
        ("timestamp", ["2024-01-01"] * 20),
        ("timestamp", ["2024-01-01 10:00:00"] * 20),
        ("hour", range(20)),
        ("categorical", range(20)),
        ("categorical", ["x"] * 20),
        ("categorical", HALF),
    ],
)
def test_what_a_role_accepts_passes(tmp_path, role, values):
    source = write(tmp_path / "rows.csv", a=values, label=HALF)
    assert check(source, spec=spec(a=role)).columns[1] == Column("label", "BOOLEAN")


def parquet(path, column, rows=20):
    """Write a file whose column `a` is an SQL expression over the row's number `i`."""
    query = f"SELECT {column} AS a, i % 2 = 0 AS label FROM range({rows}) AS t(i)"
    duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return str(path)


@pytest.mark.parametrize(
    "column",
    [
        "[i, 2, 3]",
        "[i / 3, 2, 3]",
        "[i % 2 = 0, true, false]",
        "[i::DECIMAL(9, 2), 2, 3]",
        "[i::FLOAT, 2, 3]::FLOAT[3]",
        "CASE WHEN i > 2 THEN [i, 2, 3] END",
        "CASE WHEN i > 2 THEN [i, NULL, 'nan'::DOUBLE] ELSE [0, 0, 'inf'::DOUBLE] END",
    ],
)
def test_lists_of_the_length_of_the_role_pass(tmp_path, column):
    source = parquet(tmp_path / "rows.parquet", column)
    assert check(source, spec=FeatureSpec("label", "binary", (Feature("a", "vector", 3),))).rows == 20


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (
            "CASE WHEN i = 7 THEN [1, 2] ELSE [1, 2, 3] END",
            ["row 8", "3 numbers in each list", "received 2", "vector[2]"],
        ),
        ("CASE WHEN i = 7 THEN []::INT[] ELSE [1, 2, 3] END", ["row 8", "received 0", "leave the row out"]),
        ("[1.5, 2, 3, 4]", ["row 1", "received 4", "vector[4]"]),
        ("[1, 2]::FLOAT[2]", ["row 1", "received 2"]),
        ("CASE WHEN i = 7 THEN [1, NULL, 2] ELSE [1, 2, 3] END", ["row 8", "missing", 'CAST("a" AS FLOAT[])']),
        ("['x', 'y', 'z']", ["lists of numbers (vector[3])", "VARCHAR[]"]),
        ("[[1], [2], [3]]", ["lists of numbers", "[][]"]),
        ("i", ["lists of numbers", "BIGINT"]),
        ("'[1, 2, 3]'", ["'[1, 2, 3]'", 'TRY_CAST("a" AS FLOAT[])']),
        ("{'b': 1}", ["lists of numbers", "STRUCT"]),
    ],
)
def test_columns_without_lists_and_lists_of_another_length_are_refused_by_file_and_row(tmp_path, column, words):
    source = parquet(tmp_path / "rows.parquet", column)
    text = sentence(source, spec=FeatureSpec("label", "binary", (Feature("a", "vector", 3),)))
    for word in [source, "'a'", *words]:
        assert word in text


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("i", ["text (text)", "BIGINT", "categorical"]),
        ("[i::VARCHAR]", ["VARCHAR[]", "categorical"]),
        ("NULL::VARCHAR", ["none in 20 rows"]),
    ],
)
def test_a_column_of_the_role_text_without_text_is_refused(tmp_path, column, words):
    text = sentence(parquet(tmp_path / "rows.parquet", column), spec=spec(a="text"))
    for word in words:
        assert word in text


def test_a_column_of_text_passes(tmp_path):
    source = parquet(tmp_path / "rows.parquet", "CASE WHEN i > 2 THEN 'a story of ' || i END")
    assert check(source, spec=spec(a="text")).rows == 20


def test_a_missing_feature_and_a_missing_slice_are_named_with_the_nearest_column(tmp_path):
    source = write(tmp_path / "rows.csv", fare=range(20), label=HALF)
    assert "[features] 'fares'" in sentence(source, spec=spec(fares="numeric"))
    text = sentence(source, spec=spec(fare="numeric"), slices=["far"])
    assert "evaluation.slices 'far'" in text
    assert "did you mean 'fare'" in text


def test_a_value_behind_quoted_line_breaks_is_named_by_its_true_line(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('text,a,label\n"x\ny",1,true\n\nz,bad,false\n')
    assert f"{path}, line 5" in sentence(str(path), spec=spec(a="numeric"))


def test_a_value_that_the_query_makes_is_named_without_a_line(tmp_path):
    source = write(tmp_path / "rows.csv", a=range(20), label=HALF)
    text = sentence(source, "SELECT 'x' AS b, label FROM source", spec=spec(b="numeric"))
    assert "the query over" in text
    assert "line" not in text.split(":")[0]


@pytest.mark.parametrize("name", ["a b", "c.d", "größe", "select", 'quo"te'])
def test_strange_column_names_are_checked(tmp_path, name):
    header = '"' + name.replace('"', '""') + '"'
    source = write(tmp_path / "rows.csv", **{header: range(20)}, label=HALF)
    assert check(source, spec=spec(**{name: "numeric"}), splits=train_eval(0.5, key=name)).rows == 20
    source = write(tmp_path / "bad.csv", **{header: TEXT}, label=HALF)
    assert "line 20" in sentence(source, spec=spec(**{name: "numeric"}))


def test_no_rows_are_refused(tmp_path):
    source = write(tmp_path / "rows.csv", a=[], label=[])
    assert "a header only" in sentence(source, spec=spec(a="numeric"))


@pytest.mark.parametrize("splits", [train_eval(0.01), train_eval(0.5, key="one")])
def test_a_split_without_rows_is_refused(tmp_path, splits):
    source = write(tmp_path / "rows.csv", a=range(4), label=[0, 1] * 2, one=["x"] * 4)
    assert "rows for every split" in sentence(source, spec=spec(a="numeric"), splits=splits)


@pytest.mark.slow
@pytest.mark.skipif(not TAXI.exists(), reason="the taxi rows are made by `make data`")
def test_the_taxi_rows_pass():
    query = "SELECT * EXCLUDE (tips), tips > 0.2 * fare AS big_tipper FROM source"
    checked = check(
        str(TAXI),
        query,
        spec=spec("big_tipper", fare="numeric", company="categorical", trip_start_timestamp="timestamp"),
        slices=["payment_type"],
        splits=train_eval(0.33),
    )
    assert checked.rows == 15_002


@pytest.mark.parametrize(
    ("task", "values", "words"),
    [
        ("multiclass", ["Yes", "yes ", "no", "maybe"] * 5, ["The label 'label'", "'Yes' 5, 'yes ' 5", "lower(trim("]),
        ("multiclass", ["yes", "no", "maybe", "none"] * 5, []),
        ("multiclass", [1, 2, 3, 4] * 5, []),
        ("binary", HALF, []),
    ],
)
def test_classes_that_differ_in_spelling_alone_are_a_warning(tmp_path, task, values, words):
    source = write(tmp_path / "rows.csv", a=range(20), label=values)
    warnings = check(source, spec=spec(task=task, a="numeric")).warnings
    assert len(warnings) == bool(words)
    assert [word for word in words if word not in warnings[0]] == []


TIMES = [1_600_000_000 + number for number in range(20)]
EVIDENCE = {
    "codes": ("numeric", ["007", *range(19)], ["line 2", "'007'", 'set [data.formats] a = "number"']),
    "beyond 64 bits": ("hour", [*range(19), "9" * 20], ["line 21", f"'{'9' * 20}'", "64 bits"]),
    "a mistyped date": (
        "timestamp",
        ["2021-01-02"] * 10 + ["2021-13-45"] + ["2021-01-02"] * 9,
        ["line 12", "dates, as 19 of 20 values are (timestamp)", "'2021-13-45'", "set data.quarantine"],
    ),
    "mostly text": ("numeric", [*"abcdefghijklmnopqr", 1, 2], ["line 2", "'a'", "[data.formats] a"]),
    "nothing but text": ("timestamp", ["x"] * 20, ["line 2", "'x'", "make its role categorical"]),
}


@pytest.mark.parametrize("name", EVIDENCE)
def test_a_column_that_stayed_text_is_refused_by_what_most_of_its_values_are(tmp_path, name):
    role, values, words = EVIDENCE[name]
    source = write(tmp_path / "rows.csv", a=values, label=HALF)
    for query in (None, "SELECT * FROM source", 'SELECT a, "label" FROM source'):
        text = sentence(source, query, spec=spec(a=role))
        assert all(word in text for word in words if word != "set data.quarantine" or not query)
        assert "TRY_CAST" not in text


def test_a_column_that_a_query_renames_is_refused_by_its_values_too(tmp_path):
    source = write(tmp_path / "rows.csv", a=TEXT, label=HALF)
    text = sentence(source, "SELECT a AS b, label FROM source", spec=spec(b="numeric"))
    assert "line 20: the column 'b': expected numbers, as 19 of 20 values are (numeric)" in text


def test_notes_name_what_was_ambiguous_and_what_was_read_as_missing(tmp_path):
    values = {"day": ["02/05/2021"] * 20, "x": ["1.5"] * 17 + ["NA", "NA", "?"], "c": ["NA"] * 20}
    source = write(tmp_path / "rows.csv", **values, label=HALF)
    query = "SELECT day AS d, x, c, label FROM source"
    found = check(source, query, spec=spec(d="timestamp", x="numeric", c="categorical")).notes
    assert found == (
        "The values of the column 'day' fit '%m/%d/%Y' and '%d/%m/%Y': read as '%m/%d/%Y', because the month comes "
        "first between slashes, the day between other signs, and a year of two digits last; [data.formats] day = "
        '"%d/%m/%Y" overrides it.',
        "3 values of the column 'x' read as missing: 'NA' (2), '?' (1).",
    )
    assert check(source, spec=spec(c="categorical")).notes == ()


MOMENTS = {
    "milliseconds": ([1000 * time for time in TIMES], ["line 2", "1900 to 2100", "make_timestamp(\"t\" * 1000)"]),
    "microseconds": ([1_000_000 * time for time in TIMES], ["line 2", 'write make_timestamp("t") AS "t"']),
    "too large": ([10**18] * 20, ["line 2", "received 1000000000000000000", "correct the value"]),
    "one too large": ([*TIMES[:19], 10**11], ["line 21", "received 100000000000", "[data.missing]"]),
    "dates of eight digits": ([20_210_105] * 20, ["line 2", "a date of eight digits", 'strptime(CAST("t" AS VARCHAR)']),
}  # fmt: skip


@pytest.mark.parametrize("name", MOMENTS)
def test_whole_numbers_that_are_no_epoch_seconds_are_refused_after_a_query(tmp_path, name):
    values, words = MOMENTS[name]
    source = write(tmp_path / "rows.csv", t=values, label=HALF)
    text = sentence(source, "SELECT * FROM source", spec=spec(t="timestamp"))
    assert all(word in text for word in words)
    remedy = text.partition("write ")[2].partition(" in data.query")[0]
    if remedy:
        query = f"SELECT * REPLACE ({remedy}) FROM source"
        assert check(source, query, spec=spec(t="timestamp")).rows == 20
    if name != "too large" and "one" not in name:
        # Without a query the role decides how they are read.
        roles = Input(source, roles={"t": "timestamp"})
        assert check(roles, spec=spec(t="timestamp")).columns[0].kind == "timestamp"


def test_dates_of_eight_digits_are_refused_at_the_first_value_that_is_no_date(tmp_path):
    source = write(tmp_path / "rows.csv", t=[*[20_210_105] * 19, 20_211_340], label=HALF)
    text = sentence(Input(source, roles={"t": "timestamp"}), spec=spec(t="timestamp"))
    assert "line 21: the column 't': expected dates written as 20210205, as 19 of 20 values are" in text
    assert "received 20211340" in text


@pytest.mark.parametrize("values", [TIMES, [-1_000_000_000] * 20, [0, 4_102_444_800] * 10])
def test_epoch_seconds_pass(tmp_path, values):
    source = write(tmp_path / "rows.csv", t=values, label=HALF)
    assert check(source, "SELECT * FROM source", spec=spec(t="timestamp")).rows == 20


def test_columns_are_named_as_any_alias_of_ours(tmp_path):
    names = ["length", "place", "present", "source", "penstock_0_0", "penstock_", 'q"u.o', "position", "name"]
    columns = {'"' + name.replace('"', '""') + '"': range(20) for name in names}
    source = write(tmp_path / "rows.csv", **columns, label=HALF)
    assert check(source, spec=spec(**dict.fromkeys(names, "numeric")), splits=train_eval(0.5)).rows == 20
