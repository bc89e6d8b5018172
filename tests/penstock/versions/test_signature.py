"""The signatures of a SavedModel, without TensorFlow."""

import pytest

from penstock.versions.signature import signatures_of

# A SavedModel as TensorFlow writes it: one graph with `serving_default` and the signature of the initializers.
SHAPE = b"\x12\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x02\x08\x03"
UNKNOWN = b"\x18\x01"


def field(number, content):
    length = [len(content) & 127 | 128, len(content) >> 7] if len(content) > 127 else [len(content)]
    return bytes([number << 3 | 2, *length]) + content


def tensor(name, kind, shape):
    return field(1, name) + field(2, field(1, b"node:0") + bytes([2 << 3, kind]) + field(3, shape))


def signature(name, *parts):
    return field(5, field(1, name) + field(2, b"".join(parts)))


def write(folder, *signatures):
    graph = field(2, b"a graph of nodes") + b"".join(signatures)
    (folder / "saved_model.pb").write_bytes(b"\x08\x01" + field(2, graph))


def test_types_and_shapes_are_named(tmp_path):
    inputs = (field(1, tensor(b"fare", 2, SHAPE)), field(1, tensor(b"company", 7, UNKNOWN)))
    write(
        tmp_path,
        signature(b"serving_default", *inputs, field(2, tensor(b"probability", 1, SHAPE))),
        signature(b"__saved_model_init_op", field(2, tensor(b"op", 0, UNKNOWN))),
    )
    assert signatures_of(tmp_path) == {
        "serving_default": {
            "inputs": {
                "company": {"type": "string", "shape": None},
                "fare": {"type": "float64", "shape": [None, 3]},
            },
            "outputs": {"probability": {"type": "float32", "shape": [None, 3]}},
        }
    }


def test_type_without_a_name_is_its_number(tmp_path):
    write(tmp_path, signature(b"s", field(1, tensor(b"x", 23, UNKNOWN))))
    assert signatures_of(tmp_path)["s"]["inputs"]["x"]["type"] == "23"


@pytest.mark.parametrize("content", [None, b"", b"\xff\xff no model"])
def test_model_that_cannot_be_read_has_none(tmp_path, content):
    if content is not None:
        (tmp_path / "saved_model.pb").write_bytes(content)
    assert signatures_of(tmp_path) == {}
