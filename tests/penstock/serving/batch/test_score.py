"""Scoring in batches: every row with its predictions, and an error for values that the model does not accept."""

import csv
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.core.features import served_names
from penstock.serving.batch.output import is_text, open_output
from penstock.serving.batch.rows import open_rows
from penstock.serving.batch.score import Job, check_columns, predict
from penstock.serving.model.findings import Findings
from penstock.serving.model.scorer import Scorer
from penstock.serving.model.versions import ModelVersion
from penstock.tables.examples.write import serialize
from penstock.tables.values.interpretation import ColumnFormat
from tests.penstock.serving.documents import document, document_of_kinds, wanted

COLUMNS = {"color": "text", "count": "number", "price": "number"}
DOCUMENT = document(
    wanted("color", "text", "categorical"), wanted("count", "integer", "numeric"), wanted("price", "number", "numeric")
)


def score(columns):
    """Return the price plus ten times the count plus a hundred if it is red; missing numbers count as -1."""
    count, price = (np.where(np.isnan(columns[name]), -1, columns[name]) for name in ("count", "price"))
    return [pa.array((price + 10 * count + 100 * (columns["color"] == b"red")).astype(np.float32))]


SCORER = Scorer(COLUMNS, ("prediction",), score)


def run(source, target, *, size=2, scorer=SCORER, columns=DOCUMENT):
    seen = []
    with (
        open_rows(source, columns, reader="version 3", as_written=is_text(target)) as rows,
        open_output(target) as output,
    ):
        job = Job(
            source.name, rows, ModelVersion(target.parent, 3), scorer, Findings(columns.inputs, ()), columns.sources
        )
        check_columns(job)
        return predict(job, output, size=size, on_rows=seen.append), seen


def test_rows_keep_their_order_and_their_text_and_get_their_score(tmp_path):
    (tmp_path / "rows.csv").write_text('price,id,color,count\n1.50,007,red,2\n,"a,b",,\n3e0,x,red ,1\n')
    assert run(tmp_path / "rows.csv", tmp_path / "scored.csv") == (3, [2, 1])
    assert (tmp_path / "scored.csv").read_text() == (
        'price,id,color,count,prediction\n1.50,007,red,2,121.5\n,"a,b",,,-11\n3e0,x,red ,1,13\n'
    )


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("wanted", ["csv", "tsv", "jsonl", "parquet"])
def test_scores_do_not_depend_on_the_formats(tmp_path, ending, wanted):
    rows = [{"color": color, "count": n, "price": n / 4} for n, color in enumerate(["red", "blue", "red", "green"])]
    source, target = tmp_path / f"rows.{ending}", tmp_path / f"scored.{wanted}"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), source)
    elif ending == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        with source.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, delimiter="\t" if ending == "tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    run(source, target)
    assert scores(target) == [100, 10.25, 120.5, 30.75]


def scores(path):
    if path.suffix == ".parquet":
        return pq.read_table(path)["prediction"].to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line)["prediction"] for line in path.read_text().splitlines()]
    with path.open(newline="") as stream:
        return [float(row["prediction"]) for row in csv.DictReader(stream, delimiter=",\t"[path.suffix == ".tsv"])]


def test_text_column_is_scored_as_text_even_if_it_looks_like_a_number(tmp_path):
    (tmp_path / "rows.csv").write_text("color,count,price\n1.50,0,0\n1.5,0,0\n")
    seen = []

    def remember(columns):
        seen.extend(columns["color"].tolist())
        return score(columns)

    run(tmp_path / "rows.csv", tmp_path / "scored.csv", scorer=Scorer(COLUMNS, ("prediction",), remember))
    assert seen == [b"1.50", b"1.5"]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_model_without_a_document_takes_booleans_and_times_as_numbers(tmp_path, ending):
    rows = [{"color": "", "count": "true", "price": "1970-01-02"}, {"color": "", "count": "no", "price": "1970-01-03"}]
    source = tmp_path / f"rows.{ending}"
    if ending == "csv":
        source.write_text("color,count,price\n" + "".join(",".join(row.values()) + "\n" for row in rows))
    else:
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run(source, tmp_path / "scored.csv", columns=document_of_kinds(**COLUMNS))
    assert scores(tmp_path / "scored.csv") == [86_410, 172_800]


@pytest.mark.parametrize(
    ("ending", "value"), [("csv", "01/31/1970"), ("jsonl", "01/31/1970"), ("parquet", "01/31/1970")]
)
def test_dates_are_read_in_the_format_of_training_whatever_other_rows_contain(tmp_path, ending, value):
    columns = document(*DOCUMENT.inputs[:2], wanted("price", "%m/%d/%Y", "timestamp"))
    rows = [{"color": "", "count": 0, "price": day} for day in ("01/02/1970", value)]
    scored = []
    for number, part in enumerate((rows, rows[:1], rows[::-1])):
        source = tmp_path / f"{number}.{ending}"
        if ending == "parquet":
            pq.write_table(pa.Table.from_pylist(part), source)
        elif ending == "jsonl":
            source.write_text("".join(json.dumps(row) + "\n" for row in part))
        else:
            source.write_text("color,count,price\n" + "".join(f",0,{row['price']}\n" for row in part))
        run(source, tmp_path / "scored.csv", columns=columns)
        scored.append(scores(tmp_path / "scored.csv"))
    assert scored == [[86_400, 2_592_000], [86_400], [2_592_000, 86_400]]


def test_missing_columns_are_reported_and_nothing_is_left(tmp_path):
    (tmp_path / "rows.csv").write_text("Colour,PRICE,other\nred,1,2\n")
    with pytest.raises(DataError, match=r"no 'color' \(did you mean 'Colour'\?\), no 'count', no 'price'"):
        run(tmp_path / "rows.csv", tmp_path / "scored.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_column_whose_name_tensorflow_changed_is_scored_under_its_own(tmp_path):
    (tmp_path / "rows.csv").write_text("Unit price ($),color,count\n7,red,1\nx,red,1\n")
    scorer = Scorer(
        {"Unit_price____": "number"}, ("prediction",), lambda columns: [pa.array(columns["Unit_price____"])]
    )
    for columns in (
        document(wanted("Unit price ($)", "integer", "numeric")),
        document_of_kinds(Unit_price____="number"),
    ):
        with pytest.raises(DataError, match=r"line 3, column 'Unit price \(\$\)'.*received 'x'"):
            run(tmp_path / "rows.csv", tmp_path / "scored.csv", scorer=scorer, columns=columns)


def test_columns_with_odd_names_are_scored_each_as_its_own_input(tmp_path):
    names = ["收入", "年龄", "a b", "a_b", "self", 'qu"ote', "select"]
    served = served_names(names)
    columns = document(*(wanted(name, "integer", "numeric", input=served[name]) for name in names))
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    (tmp_path / "rows.csv").write_text(f"{header}\n{','.join(map(str, range(7)))}\n")

    def spelled(columns):
        return [pa.array([sum(10**place * columns[served[name]][0] for place, name in enumerate(names))])]

    scorer = Scorer(dict.fromkeys(served.values(), "number"), ("prediction",), spelled)
    run(tmp_path / "rows.csv", tmp_path / "scored.jsonl", scorer=scorer, columns=columns)
    assert scores(tmp_path / "scored.jsonl") == [6543210]


def test_model_whose_signature_and_document_differ_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_text("color,count,price,size\nred,1,2,3\n")
    for columns, received in (
        ({**COLUMNS, "size": "number"}, "received an extra input 'size' in its signature"),
        ({"color": "text", "count": "number"}, "received no input 'price' in its signature"),
    ):
        with pytest.raises(DataError, match=received):
            run(tmp_path / "rows.csv", tmp_path / "scored.csv", scorer=Scorer(columns, ("prediction",), score))


def test_serialized_examples_are_scored_if_the_model_takes_them(tmp_path):
    (tmp_path / "rows.csv").write_text("color,count,price\nred,9007199254740993,\n,,1.5\n")
    seen = []

    def remember(examples):
        seen.extend(examples.to_pylist())
        return [pa.array([1.0] * len(examples))]

    run(tmp_path / "rows.csv", tmp_path / "scored.csv", scorer=replace(SCORER, examples=remember))
    examples = pa.RecordBatch.from_arrays(
        [pa.array(["red", None]), pa.array([2**53 + 1, None]), pa.array([None, 1.5])], ["color", "count", "price"]
    )
    assert seen == serialize(examples).to_pylist()
    assert scores(tmp_path / "scored.csv") == [1, 1]


def test_columns_are_scored_if_the_examples_lack_a_required_value(tmp_path):
    (tmp_path / "rows.csv").write_text("color,count,price\nred,1,1.5\n")
    run(tmp_path / "rows.csv", tmp_path / "scored.csv", scorer=replace(SCORER, examples=lambda examples: None))
    assert scores(tmp_path / "scored.csv") == [111.5]


def test_column_with_the_name_of_a_prediction_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_text("color,count,price,prediction\nred,1,2,3\n")
    with pytest.raises(DataError, match="received a column 'prediction', which is also an output of version 3"):
        run(tmp_path / "rows.csv", tmp_path / "scored.csv")


def test_column_of_training_with_the_name_of_a_prediction_stays_next_to_it(tmp_path):
    (tmp_path / "rows.csv").write_text("color,count,price,prediction,predicted_prediction\nred,1,2,yes,no\n")
    columns = document(*DOCUMENT.inputs, sources=["color", "count", "price", "prediction"])
    run(tmp_path / "rows.csv", tmp_path / "scored.csv", columns=columns)
    assert (tmp_path / "scored.csv").read_text() == (
        "color,count,price,prediction,predicted_prediction,predicted_predicted_prediction\nred,1,2,yes,no,112\n"
    )


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_text_for_a_numeric_input_is_reported_with_column_value_and_place(tmp_path, ending):
    rows = [{"color": "red", "count": str(n) if n != 5 else "five", "price": 1.0} for n in range(8)]
    source = tmp_path / f"rows.{ending}"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), source)
    elif ending == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        source.write_text("color,count,price\n" + "".join(",".join(map(str, row.values())) + "\n" for row in rows))
    with pytest.raises(DataError) as caught:
        run(source, tmp_path / "scored.csv")
    place = "line 7" if ending == "csv" else "row 6"
    assert str(caught.value) == (
        f"{source}, {place}, column 'count': expected a whole number (numeric), received 'five'; correct the value."
    )
    assert list(tmp_path.iterdir()) == [source]


def test_list_for_a_text_input_is_reported(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"color": [1, 2], "count": 1, "price": 1}')
    with pytest.raises(
        DataError, match=r"row 1, column 'color': expected plain text \(categorical\), received '\[1,2\]'"
    ):
        run(tmp_path / "rows.jsonl", tmp_path / "scored.csv")


def sums(columns):
    """Return the sum of each list, and -1 for a missing list."""
    found = columns["pixels"]
    return [pa.array(np.where(np.isnan(found).all(axis=1), -1, np.nansum(found, axis=1)).astype(np.float32))]


LISTED = document(wanted("pixels", "FLOAT[3]", "vector"))
LISTS = Scorer({"pixels": "vector"}, ("prediction",), sums, {"pixels": 3})


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "csv"])
def test_lists_of_numbers_are_scored_and_kept(tmp_path, ending):
    rows = [{"id": "a", "pixels": [1, 2, 3]}, {"id": "b", "pixels": None}, {"id": "c", "pixels": [4, 5, 6]}]
    source, target = tmp_path / f"rows.{ending}", tmp_path / "scored.jsonl"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), source)
    elif ending == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        source.write_text('id,pixels\na,"[1, 2, 3]"\nb,\nc,"[4, 5, 6]"\n')
    assert run(source, target, scorer=LISTS, columns=LISTED)[0] == 3
    found = [json.loads(line) for line in target.read_text().splitlines()]
    assert [row["prediction"] for row in found] == [6, -1, 15]
    if ending != "csv":
        assert [row["pixels"] for row in found] == [row["pixels"] for row in rows]


def test_list_of_another_length_is_reported_with_its_row(tmp_path):
    pq.write_table(pa.table({"pixels": [[1, 2, 3], [1, 2, 3], [1, 2]]}), tmp_path / "rows.parquet")
    with pytest.raises(DataError) as caught:
        run(tmp_path / "rows.parquet", tmp_path / "scored.jsonl", scorer=LISTS, columns=LISTED)
    for words in ("rows.parquet, row 3, column 'pixels'", "a list of 3 numbers", "'[1, 2]'"):
        assert words in str(caught.value)
    assert not (tmp_path / "scored.jsonl").exists()


@pytest.mark.parametrize(
    ("form", "role", "value", "expected"),
    [
        ("number", "numeric", "2021-02-05", "a number (numeric)"),
        ("number", "numeric", "yes", "a number (numeric)"),
        ("integer", "numeric", "1-2-3", "a whole number (numeric)"),
        ("integer", "timestamp", "1612483200000", "epoch seconds, from 1900 to 2100 (timestamp)"),
        ("integer", "timestamp", "20210205", "epoch seconds, from 1900 to 2100 (timestamp)"),
        ("integer", "boolean", "2", "0 or 1 (boolean)"),
        ("boolean", "boolean", "maybe", "true or false (boolean)"),
        ("%m/%d/%Y", "timestamp", "13/05/2021", "a value written as '%m/%d/%Y', as in training (timestamp)"),
        ("date", "timestamp", "soon", "a date (timestamp)"),
        ("TIMESTAMP", "timestamp", "soon", "a date or a time (timestamp)"),
        ("time", "categorical", "soon", "a time of day (categorical)"),
        ("$1,234.5", "numeric", "5", "a value written as '$1,234.5', as in training (numeric)"),
    ],
)
def test_value_that_training_refuses_for_a_role_is_refused_with_the_expected_one(tmp_path, form, role, value, expected):
    (tmp_path / "rows.csv").write_text(f"color,count,price\nred,1,\nred,1,{value}\n")
    with pytest.raises(DataError) as caught:
        run(
            tmp_path / "rows.csv",
            tmp_path / "scored.csv",
            columns=document(*DOCUMENT.inputs[:2], wanted("price", form, role)),
        )
    assert str(caught.value) == (
        f"{tmp_path / 'rows.csv'}, line 3, column 'price': expected {expected}, received {value!r}; correct the value."
    )


def test_computed_input_is_computed_from_values_that_are_read_as_in_training(tmp_path):
    needs = (ColumnFormat("day", "%m/%d/%Y", "DATE"), ColumnFormat("fare", "$1,234.5", "DOUBLE"))
    sql = "CASE WHEN (day(penstock_column_0) > 15) THEN penstock_column_1 ELSE (penstock_column_1 * 2) END"
    price = wanted("price", "DOUBLE", "numeric", source=None, sql=sql, needs=needs)
    columns = document(*DOCUMENT.inputs[:2], price, sources=["color", "count", "day", "fare"])
    rows = [("02/05/2021", "$1,000.5"), ("02/25/2021", "$7"), ("NA", "$1")]
    source = tmp_path / "rows.csv"
    source.write_text("color,count,day,fare\n" + "".join(f',0,{day},"{fare}"\n' for day, fare in rows))
    run(source, tmp_path / "scored.csv", columns=columns)
    assert scores(tmp_path / "scored.csv") == [2001, 7, 2]
    (tmp_path / "rows.jsonl").write_text('{"color": "", "count": 0, "day": "2021-02-05", "fare": 1000.5}\n')
    run(tmp_path / "rows.jsonl", tmp_path / "scored.csv", columns=columns)
    assert scores(tmp_path / "scored.csv") == [2001]
    source.write_text("color,count,day,fare\n,0,02/05/2021,$1\n,0,02/05/2021,free\n")
    with pytest.raises(DataError) as caught:
        run(source, tmp_path / "scored.csv", columns=columns)
    assert str(caught.value) == (
        f"{source}, line 3, column 'fare': expected a value written as '$1,234.5', as in training "
        "(of which data.query computes 'price'), received 'free'; correct the value."
    )
