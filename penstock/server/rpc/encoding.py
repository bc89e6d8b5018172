"""NumPy to TensorProto: the values in the field of their type, as TensorFlow Serving answers."""

import numpy as np
from tensorflow.core.framework.tensor_pb2 import TensorProto

from penstock.core.protobuf import varint
from penstock.server.rpc.dtypes import STRING, Kind, kind_of


def to_proto(array: np.ndarray) -> TensorProto:
    """Return a tensor with the values of an array."""
    tensor = TensorProto()
    write(tensor, array)
    return tensor


def write(tensor: TensorProto, array: np.ndarray) -> None:
    """Write an array into an empty tensor."""
    kind = kind_of(array)
    tensor.dtype = kind.number
    sizes = tensor.tensor_shape.dim
    for size in array.shape:
        sizes.add(size=size)
    if not array.ndim:
        tensor.tensor_shape.SetInParent()
    if kind is STRING:
        tensor.string_val.extend(_as_bytes(array.ravel().tolist()))
    elif kind.packed:
        # On the wire these fields are the array's bytes: no Python object per value.
        content = np.ascontiguousarray(array, kind.dtype.newbyteorder("<")).tobytes()
        tensor.MergeFromString(_field(kind.packed, content))
    else:
        _extend(tensor, kind, array)


def _extend(tensor: TensorProto, kind: Kind, array: np.ndarray) -> None:
    flat = np.ascontiguousarray(array, kind.dtype).ravel()
    if kind.field == "float8_val":
        tensor.float8_val = flat.tobytes()
        return
    if kind.field == "half_val":
        flat = flat.view(np.uint16)
    getattr(tensor, kind.field).extend(flat.tolist())


def _as_bytes(values: list[object]) -> list[bytes]:
    return [value.encode() if isinstance(value, str) else value for value in values]  # type: ignore[misc]


def _field(number: int, content: bytes) -> bytes:
    """Return a field with its content as protobuf writes it."""
    return bytes([number << 3 | 2]) + varint(len(content)) + content
