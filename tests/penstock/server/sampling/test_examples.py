"""Examples as columns: each feature is one, so that it can be left out or hashed."""

from pathlib import Path

import numpy as np
import pytest

from penstock.server.copying.answered import Answered
from penstock.server.sampling.examples import columns_of_examples
from penstock.server.sampling.options import Sampling
from penstock.server.sampling.rows import batch_of

pytestmark = pytest.mark.slow


def example(**features):
    from tensorflow.train import BytesList, Example, Feature, Features, FloatList, Int64List

    kinds = {
        bytes: lambda values: Feature(bytes_list=BytesList(value=values)),
        float: lambda values: Feature(float_list=FloatList(value=values)),
        int: lambda values: Feature(int64_list=Int64List(value=values)),
        type(None): lambda _: Feature(),
    }
    made = {name: kinds[type(values[0] if values else None)](values) for name, values in features.items()}
    return Example(features=Features(feature=made)).SerializeToString()


def columns(*serialized):
    found = columns_of_examples(serialized)
    return found and {name: column.to_pylist() for name, column in found.items()}


def test_features_are_columns_and_absent_ones_missing():
    found = columns(example(n=[1], x=[0.5], s=[b"a"]), example(s=[b"b"], x=[]), example())
    assert found == {"n": [1, None, None], "x": [0.5, None, None], "s": ["a", "b", None]}


def test_feature_with_several_values_is_a_column_of_lists():
    assert columns(example(v=[1.0, 2.0]), example(v=[3.0]), example()) == {"v": [[1, 2], [3], None]}
    assert columns(example(v=[b"a", b"b"])) == {"v": [["a", "b"]]}


def test_text_that_is_not_utf8_stays_bytes():
    assert columns(example(s=[b"\xff"]), example(s=[b"a"])) == {"s": [b"\xff", b"a"]}


@pytest.mark.parametrize("given", [[b"plain text"], [b""], [b"", b""], [b"\x0a"], [b"\xff" * 20], [b"\x12\x01a"]])
def test_text_that_is_no_example_is_none(given):
    assert columns(*given) is None


def test_names_that_a_client_makes_up_are_limited():
    many = {f"f{number}": [number] for number in range(1500)}
    assert len(columns(example(**many))) == 1000
    assert set(columns(example(**{"a" * 201: [1], "b": [1]}))) == {"b"}


def test_features_of_a_request_with_examples_are_left_out_and_hashed():
    texts = np.array([example(s=[b"secret"], t=[b"private"], x=[1.0])], object)
    answered = Answered("m", 1, "serve_tf_examples", {"examples": texts}, {"y": np.array([0.5])})
    sampling = Sampling(Path("log"), 1.0, frozenset({"t"}), frozenset({"s"}), b"0123456789abcdef")
    batch = batch_of(answered, sampling)
    assert [name for name in batch.schema.names if not name.startswith("penstock_")] == ["s", "x"]
    assert len(batch.column(batch.schema.get_field_index("s"))[0].as_py()) == 32
    assert not any(b"private" in buffer.to_pybytes() for column in batch for buffer in column.buffers() if buffer)
