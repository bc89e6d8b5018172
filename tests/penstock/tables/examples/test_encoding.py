"""Lists as serialized examples: protocol buffers decode the same values, and TFX's encoder agrees."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder, RecordBatchToExamplesEncoder

from penstock.tables.examples.encoding import by_length, encode
from tests.examples import examples

# Column: the type of its values, what the schema calls it, and how one is drawn.
COLUMNS = {
    "i": (pa.int64(), "INT", st.integers(-(2**63), 2**63 - 1)),
    "f": (pa.float32(), "FLOAT", st.floats(width=32, allow_nan=False)),
    "b": (pa.binary(), "BYTES", st.binary(max_size=200)),
    # Long enough that the length of the name, and of all that encloses it, takes two bytes.
    "größe " * 30: (pa.int64(), "INT", st.integers(0, 300)),
}


def decoded(examples):
    schema = schema_pb2.Schema()
    for name, (_, kind, _) in COLUMNS.items():
        schema.feature.add(name=name, type=kind)
    return ExamplesToRecordBatchDecoder(schema.SerializeToString()).DecodeBatch(examples).to_pylist()


def batch_of(rows):
    arrays = [
        pa.array([row[index] for row in rows], pa.list_(kind)) for index, (kind, *_) in enumerate(COLUMNS.values())
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(COLUMNS))


ROWS = st.lists(
    st.tuples(*(st.none() | st.lists(values, max_size=5) for _, _, values in COLUMNS.values())), min_size=1, max_size=20
)


@pytest.mark.slow
@settings(max_examples=examples(50), deadline=None)
@given(ROWS)
def test_any_lists_come_back_and_are_as_long_as_from_tfx(rows):
    batch = batch_of(rows)
    examples = encode(batch).to_pylist()
    expected = RecordBatchToExamplesEncoder(None).encode(batch)
    assert [len(example) for example in examples] == [len(example) for example in expected]
    assert decoded(examples) == decoded(expected) == [dict(zip(COLUMNS, row, strict=True)) for row in rows]


@settings(max_examples=examples(30), deadline=None)
@given(ROWS, st.data())
def test_a_slice_is_encoded_as_its_rows_alone(rows, data):
    start = data.draw(st.integers(0, len(rows) - 1))
    assert encode(batch_of(rows).slice(start)).to_pylist() == encode(batch_of(rows[start:])).to_pylist()


@pytest.mark.parametrize(
    "values", [[0], [127, 128], [2**14, -1], [2**63 - 1, -(2**63), 0], list(range(-70_000, 70_000, 7))]
)
def test_integers_of_every_width_come_back(values):
    (row,) = (
        ExamplesToRecordBatchDecoder()
        .DecodeBatch(
            encode(pa.RecordBatch.from_arrays([pa.array([values], pa.list_(pa.int64()))], names=["i"])).to_pylist()
        )
        .to_pylist()
    )
    assert row["i"] == values


def test_an_image_of_many_numbers_is_a_row():
    pixels = np.arange(200_000, dtype=np.float32)
    batch = pa.RecordBatch.from_arrays([pa.array([pixels, pixels[:3], None], pa.list_(pa.float32()))], names=["x"])
    found = ExamplesToRecordBatchDecoder().DecodeBatch(encode(batch).to_pylist()).column(0)
    assert [None if row is None else len(row) for row in found.to_pylist()] == [200_000, 3, None]
    assert (found[0].values.to_numpy() == pixels).all()


@pytest.mark.parametrize("lengths", [[], [0], [3, 0, 3], [70_000, 1, 70_000]])
def test_a_text_is_made_for_each_length(lengths):
    assert by_length(np.array(lengths, np.int64), lambda size: str(size).encode()).to_pylist() == [
        str(size).encode() for size in lengths
    ]
