"""Logged rows as training data has them: its names and types, missing values and hashed columns."""

import numpy as np
import pyarrow as pa
import pytest

from tests.penstock.serving.requests.logs import answer, write_log

pytestmark = pytest.mark.slow

NAN = float("nan")
INT, FLOAT, STRING = 0, 1, 2


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1.0, NAN, -3.0], INT, [1, None, -3]),
        ([1, None], INT, [1, None]),
        (["9007199254740993", "", "x"], INT, [9007199254740993, None, None]),
        ([True, False], INT, [1, 0]),
        ([1.5, NAN, None], FLOAT, [1.5, None, None]),
        ([1, 2], FLOAT, [1.0, 2.0]),
        (["1.5", "", "x"], FLOAT, [1.5, None, None]),
        (["a", "", None], STRING, ["a", None, None]),
        ([b"a", b""], STRING, [b"a", None]),
        ([1, 2], STRING, ["1", "2"]),
        ([[1.0, NAN], None, []], FLOAT, [[1.0, None], None, []]),
    ],
)
def test_values_have_the_types_of_training_data(values, kind, expected):
    from pipeline.schema.logged import as_trained

    batch = pa.RecordBatch.from_arrays([pa.array(values)], ["c"])
    found = as_trained(batch, {"c": kind})
    assert found.column(0).to_pylist() == expected


def test_lists_of_a_slice_are_its_own():
    from pipeline.schema.logged import as_trained

    batch = pa.RecordBatch.from_arrays([pa.array([[1.0], [2.0, 3.0], None, [4.0]])], ["c"]).slice(1)
    assert as_trained(batch, {"c": FLOAT}).column(0).to_pylist() == [[2.0, 3.0], None, [4.0]]


def test_columns_have_the_names_of_training_data_and_others_are_left_out():
    from pipeline.schema.logged import as_trained

    batch = pa.RecordBatch.from_arrays([pa.array([1.0])] * 5, ["a_b", "plain", "penstock_output_y", "other", "hashed"])
    found = as_trained(batch, {"a b": FLOAT, "plain": FLOAT, "hashed": FLOAT}, {"hashed"})
    assert found.schema.names == ["a b", "plain"]


def test_column_that_is_no_input_is_not_taken_for_the_input_of_its_name():
    from pipeline.schema.logged import as_trained

    batch = pa.RecordBatch.from_arrays([pa.array([1.0]), pa.array([2.0])], ["a_b", "c"])
    # `a b` is a feature and `a_b` is not.
    kinds, inputs = {"a b": FLOAT, "a_b": FLOAT, "c": FLOAT}, {"a_b": "a b", "c": "c"}
    assert as_trained(batch, kinds, inputs=inputs).schema.names == ["a b", "c"]
    assert as_trained(batch, kinds, {"a b"}, inputs).schema.names == ["c"]


def test_inputs_have_the_names_of_the_version_and_examples_those_of_the_columns(tmp_path):
    from penstock.serving.requests.files import find
    from pipeline.schema.logged import read
    from pipeline.schema.statistics import Accumulator

    write_log(tmp_path, answer("a", 1, a_b=[1.0]), answer("b", 2, signature="serve_tf_examples", a_b=[2.0], z=[0]))
    trained = Accumulator(())
    trained.add(pa.RecordBatch.from_arrays([pa.array([0.5])] * 2, ["a b", "a_b"]), rows=1)
    statistics = trained.result()
    found = read(find(tmp_path), lambda version: statistics, (), lambda version: {"a_b": "a b"})
    assert {version: each.columns for version, each in found.items()} == {1: {"a b"}, 2: {"a_b"}}


def test_rows_are_counted_by_the_version_that_answered(tmp_path):
    from penstock.serving.requests.files import find
    from pipeline.schema.logged import read

    write_log(
        tmp_path,
        answer("a", 1, x=[1.0, 2.0], s=["u", "v"]),
        answer("a", 1, x=[3.0], s=["u"], time=1_700_000_060.0),
        answer("b", 2, x=[4.0], s=["u"]),
        answer("c", 2, signature="other", x=[5.0], z=[1]),
    )
    found = read(find(tmp_path), lambda version: None, ())
    assert [(version, each.rows, len(each.requests)) for version, each in found.items()] == [(2, 2, 2), (1, 3, 1)]
    assert found[2].signatures == {"other", "serving_default"}
    assert (found[1].last - found[1].first).total_seconds() == 60
    assert np.concatenate(found[1].numbers["probability"]).tolist() == [0, 0, 0]
