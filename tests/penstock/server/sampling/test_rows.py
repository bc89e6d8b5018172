"""Requests and answers as rows: the values as they were, columns left out or hashed."""

import hashlib
import hmac
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from penstock.server.copying.answered import Answered
from penstock.server.sampling.options import Sampling
from penstock.server.sampling.rows import batch_of

X, N, S = np.array([1.5, 2], "f4"), np.array([3, 4]), np.array([b"a", b"\xff"], object)
Y = np.array([0.25, 0.75], "f4")


def answered(inputs, outputs=None, **options):
    return Answered("m", 3, "serving_default", inputs, {"y": Y} if outputs is None else outputs, **options)


def rows(inputs, outputs=None, **sampling):
    batch = batch_of(answered(inputs, outputs, request_id="r", time=1.5), Sampling(Path("log"), **sampling))
    return None if batch is None else pa.Table.from_batches([batch]).to_pydict()


def test_rows_have_inputs_outputs_time_id_and_version():
    found = rows({"x": X, "n": N, "s": S})
    assert [time.isoformat() for time in found.pop("penstock_time")] == ["1970-01-01T00:00:01.500000+00:00"] * 2
    assert found == {
        "penstock_request": ["r", "r"],
        "penstock_row": [0, 1],
        "penstock_version": [3, 3],
        "penstock_signature": ["serving_default"] * 2,
        "n": [3, 4],
        "s": ["a", "\ufffd"],
        "x": [1.5, 2],
        "penstock_output_y": [0.25, 0.75],
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[1.0], [2.0]]), [1, 2]),
        (np.array([[1, 2, 3], [4, 5, 6]]), [[1, 2, 3], [4, 5, 6]]),
        (np.zeros((2, 0)), [[], []]),
        (np.array([[b"a", b"b"], [b"c", b"d"]], object), [["a", "b"], ["c", "d"]]),
        (np.array([True, False]), [True, False]),
        (np.array([0.5, 2], "f2"), [0.5, 2]),
        (np.array([1, 255], "u1"), [1, 255]),
    ],
)
def test_values_of_each_shape_and_type_are_kept(values, expected):
    assert rows({"v": values, "x": X})["v"] == expected


@pytest.mark.slow
def test_the_only_text_of_a_signature_is_bytes_as_they_are():
    assert rows({"examples": S})["examples"] == [b"a", b"\xff"]


@pytest.mark.parametrize(
    "inputs",
    [{}, {"x": np.array(1.0)}, {"x": X[:0]}, {"x": X, "n": N[:1]}],
    ids=["none", "a scalar", "no rows", "unequal"],
)
def test_request_that_is_no_table_has_no_rows(inputs):
    assert rows(inputs) is None


def test_output_that_has_other_rows_or_dimensions_is_left_out():
    found = rows({"x": X}, {"y": Y, "one": Y[:1], "scalar": np.array(1.0), "deep": np.zeros((2, 2, 2))})
    assert [name for name in found if name.startswith("penstock_output_")] == ["penstock_output_y"]


def test_the_only_text_of_an_answer_is_text():
    assert rows({"x": X}, {"label": S})["penstock_output_label"] == ["a", "\ufffd"]


def test_batch_says_what_was_done_with_its_columns():
    batch = batch_of(answered({"x": X}), Sampling(Path("log"), 0.5, frozenset({"b", "a"}), frozenset({"c"}), b"k"))
    assert json.loads(batch.schema.metadata[b"penstock"]) == {
        "model": "m",
        "signature": "serving_default",
        "share": 0.5,
        "hashed": ["c"],
        "without": ["a", "b"],
    }


def test_lists_are_hashed_value_by_value():
    found = rows({"v": np.array([[b"a", b""], [b"b", b"a"]], object), "x": X}, hashed=frozenset({"v"}), key=b"secret")
    (first, missing), (other, again) = found["v"]
    assert first == again != other
    assert missing is None


def test_columns_are_left_out():
    assert set(rows({"x": X, "s": S}, without=frozenset({"s", "y"}))) == {
        "penstock_time",
        "penstock_request",
        "penstock_row",
        "penstock_version",
        "penstock_signature",
        "x",
    }


def test_hash_depends_on_value_and_key_and_shows_neither():
    inputs = {"s": np.array([b"a", b"b", b"a"], object), "n": np.array([1, 2, 1])}
    outputs = {"y": np.zeros(3)}
    found = rows(inputs, outputs, hashed=frozenset({"s", "n"}), key=b"secret")
    assert found["s"][0] == found["s"][2] != found["s"][1]
    assert found["n"][0] == found["n"][2] != found["n"][1]
    assert found["s"][0] == hmac.new(b"secret", b"a", hashlib.sha256).hexdigest()[:32]
    assert rows(inputs, outputs, hashed=frozenset({"s"}), key=b"other")["s"][0] != found["s"][0]


def test_missing_value_stays_missing_when_others_are_hashed():
    inputs = {"s": np.array([b"", b"a"], object), "n": np.array([np.nan, 1])}
    found = rows(inputs, hashed=frozenset({"s", "n"}), key=b"secret")
    assert [found[name][0] for name in ("s", "n")] == [None, None]
    assert [len(found[name][1]) for name in ("s", "n")] == [32, 32]
