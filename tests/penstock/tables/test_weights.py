"""Weights and labels out of range, in a table that is checked before anything runs."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.features import Feature, FeatureSpec
from penstock.core.losses import Loss
from penstock.tables.checks import check
from penstock.tables.input import Input
from tests.penstock.tables.checking import sentence, write

NUMBERS = (Feature("number", "numeric"),)


WEIGHTED = FeatureSpec("label", "binary", NUMBERS, weight="people")


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([*[1] * 18, 0, -2], ["line 20", "the weight 'people'", "a finite number above zero", "2 rows of 20"]),
        ([*[1.5] * 17, "", "", 2.5], ["the weight 'people'", "2 missing of 20"]),
        ([*[1.5] * 18, "inf", 2.5], ["the weight 'people'", "1 missing of 20", "'inf' marks a missing value"]),
        ([*[1.5] * 18, "1e+300", 2.5], ["line 20", "1e+300"]),
        ([*[1.5] * 18, "1e-300", 2.5], ["line 20", "1e-300"]),
        (["much"] * 20, ["the weight", "people"]),
    ],
)
def test_weight_that_is_no_number_above_zero_is_refused_with_its_row(tmp_path, weights, words):
    table = write(tmp_path / "t.csv", number=range(20), label=["true", "false"] * 10, people=weights)
    text = sentence(table, spec=WEIGHTED)
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([*[1.5] * 18, float("nan"), 2.5], ["nan, one of 1 rows of 20", 'WHERE isfinite("people") AND "people" > 0']),
        ([*[1.5] * 18, None, float("inf")], ["inf, one of 2 rows of 20"]),
        ([*[True] * 19, False], ["False, one of 1 rows of 20"]),
    ],
)
def test_weight_of_a_file_with_types_is_refused_with_its_value(tmp_path, weights, words):
    rows = {"number": list(range(20)), "label": [True, False] * 10, "people": weights}
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    text = sentence(str(tmp_path / "t.parquet"), spec=WEIGHTED)
    for word in words:
        assert word in text


def test_weight_that_is_no_column_is_refused(tmp_path):
    table = write(tmp_path / "t.csv", number=range(20), label=["true", "false"] * 10, peopel=[1] * 20)
    assert "data.weight 'people': expected a column" in sentence(table, spec=WEIGHTED)


def test_weights_above_zero_are_accepted(tmp_path):
    table = write(tmp_path / "t.csv", number=range(20), label=["true", "false"] * 10, people=[0.5, 3] * 10)
    assert check(table, spec=WEIGHTED).rows == 20


@pytest.mark.parametrize(
    ("labels", "loss", "words"),
    [
        ([*range(18), -1, -3], Loss("poisson"), ["line 21", "from zero on", "2 others, the least -3"]),
        ([*range(1, 19), 0, 2], Loss("tweedie", 2.0), ["line 20", "above zero", "1 others, the least 0"]),
        ([0] * 20, Loss("tweedie", 1.5), ["zero in every row"]),
    ],
)
def test_label_out_of_the_range_of_a_loss_is_refused_with_its_row(tmp_path, labels, loss, words):
    table = write(tmp_path / "t.csv", number=range(20), label=labels)
    text = sentence(table, spec=FeatureSpec("label", "regression", NUMBERS), loss=loss)
    for word in words:
        assert word in text


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_label_that_is_nan_in_parquet_is_missing(tmp_path, kind):
    # The statistics of the file ignore NaN, and DuckDB decides comparisons by them.
    labels = pa.array([*[1.5] * 18, float("nan"), 2.5], kind)
    pq.write_table(pa.table({"number": list(range(20)), "label": labels}), tmp_path / "t.parquet")
    text = sentence(str(tmp_path / "t.parquet"), spec=FeatureSpec("label", "regression", NUMBERS))
    assert 'received 1 missing of 20; add WHERE NOT isnan("label") to data.query' in text


def test_label_within_the_range_of_a_loss_is_accepted(tmp_path):
    table = write(tmp_path / "t.csv", number=range(20), label=range(20))
    assert check(table, spec=FeatureSpec("label", "regression", NUMBERS), loss=Loss("poisson")).rows == 20


ORDINAL = FeatureSpec("label", "multiclass", NUMBERS, order=("low", "medium", "high"))


def test_label_that_is_not_in_the_order_is_refused_with_its_row(tmp_path):
    labels = [*["low", "medium", "high"] * 6, "hihg", "other"]
    text = sentence(write(tmp_path / "t.csv", number=range(20), label=labels), spec=ORDINAL)
    assert "line 20: the label 'label': expected one of low, medium, high" in text
    assert "received 'hihg' (did you mean 'high'?)" in text
    assert "one of 2 rows with others" in text


def test_class_of_the_order_that_no_row_has_is_a_warning(tmp_path):
    table = write(tmp_path / "t.csv", number=range(20), label=["low", "high"] * 10)
    assert check(table, spec=ORDINAL).warnings == ("No row has the class 'medium' of data.label_order.",)


def test_whole_numbers_can_be_ordered(tmp_path):
    table = write(tmp_path / "t.csv", number=range(21), label=[3, 1, 2] * 7)
    spec = FeatureSpec("label", "multiclass", NUMBERS, order=("1", "2", "3"))
    assert check(table, spec=spec).rows == 21


def test_classes_that_were_read_as_numbers_are_refused_with_the_format_that_keeps_them(tmp_path):
    table = write(tmp_path / "t.csv", number=range(21), label=["01", "02", "03"] * 7)
    spec = FeatureSpec("label", "multiclass", NUMBERS, order=("01", "02", "03"))
    text = sentence(table, spec=spec)
    assert 'set [data.formats] "label" = "text"' in text
    assert check(Input(table, formats={"label": "text"}), spec=spec).rows == 21
