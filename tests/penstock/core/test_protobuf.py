"""What is written is what the library of protocol buffers writes."""

from google.protobuf.wrappers_pb2 import UInt64Value
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.protobuf import varint


@given(st.integers(1, 2**64 - 1))
def test_number_is_written_as_the_library_writes_it(value):
    assert UInt64Value(value=value).SerializeToString() == b"\x08" + varint(value)


def test_zero_is_one_byte():
    assert varint(0) == b"\0"
