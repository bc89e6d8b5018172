"""Read generated requests of the prediction server for some minutes; stop at the first that breaks a rule.

A body is refused with an error for the client or read; no other exception leaves the readers, and what the fast reader
takes is what the exact one reads. Requests that are read together are those that each is alone. A tensor of gRPC is
refused, or has the values that TensorFlow reads.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris
from google.protobuf.message import DecodeError

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

with atheris.instrument_imports(include=["penstock.server"]):
    import numpy as np
    import tensorflow as tf
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    from penstock.server.errors import ServingError
    from penstock.server.models.signature import TensorInfo
    from penstock.server.rest import bodies, examples
    from penstock.server.rest.inference import requests as inference
    from penstock.server.rest.inference import routing
    from penstock.server.rest.json import writing
    from penstock.server.rest.json.dtypes import KINDS
    from penstock.server.rest.json.instances import Instances
    from penstock.server.rest.json.parsing import Irregular
    from penstock.server.rest.json.requests import ExactRequest, RegularRequest
    from penstock.server.rest.targets import target
    from penstock.server.rpc import decoding
    from penstock.server.rpc.inference_v2 import contents, messages

LIMIT = 1 << 20
PAIR = {"dim": [{"size": 2}]}
DTYPES = sorted(KINDS)
DATATYPES = sorted(contents.DATATYPES)


def infer_request(datatype: str, shape: list[int], raw: bytes | None = None, **values: list[float]) -> bytes:
    """Return an inference request with one input."""
    request = messages.message("ModelInferRequest")()
    request.inputs.add(name="x", datatype=datatype, shape=shape)
    if raw is not None:
        request.raw_input_contents.append(raw)
    for field, content in values.items():
        getattr(request.inputs[0].contents, field).extend(content)
    serialized: bytes = request.SerializeToString()
    return serialized


SEEDS = (
    b'\x00\x00{"instances":[1,2.5,-0,1e400]}',
    b'\x00\x00{"signature_name":"a","instances":[[1],[2]],"instances":[3]} x',
    b'\x10\x03{"instances":[{"x":1,"y":"a:b"},{"y":{"b64":"YWI="},"x":NaN}]}',
    b'\x10\x03{"inputs":{"x":[1,2],"y":["\\u00e9","\xff"],"z":{"a":[null,true]}}}',
    b'\x10\x00{"instances":[{"x":1}]}\0{"instances":[{"x":2.5},{"x":-0}]}',
    b'\x18\x83{"instances":[{"x":1,"y":"a:"}]}\0{"instances":[{"y":"\\u003a","x":2}]}\0{"instances":[{"x":3,"x":4,"y":""}]}',
    b'\x20\x00{"context":{"a":1.5},"examples":[{"x":["a",1],"y":{"b64":"YQ"}}]}',
    b'\x30\x00{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[[1],[NaN]]}],"outputs":[{"name":"y"}]}',
    b'\x30\x05{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}\1\0\0\0a',
    b"\x40\x00/v1/models/a/versions/1:predict",
    b"\x40\x00/v2/models/a%2F/versions/1/infer",
    b"\x60\x00" + tf.make_tensor_proto([1.5, 2.5]).SerializeToString(),
    b"\x60\x01" + tf.make_tensor_proto([[1, 2], [3, 2**40]], tf.int64).SerializeToString(),
    b"\x60\x00" + tf.make_tensor_proto([b"a", b"bc"]).SerializeToString(),
    b"\x60\x00" + TensorProto(dtype=1, tensor_shape={"dim": [{"size": 3}]}, float_val=[7]).SerializeToString(),
    b"\x60\x00" + TensorProto(dtype=10, tensor_shape=PAIR, tensor_content=b"\2\0").SerializeToString(),
    b"\x60\x00" + TensorProto(dtype=19, tensor_shape=PAIR, half_val=[7]).SerializeToString(),
    b"\x70\x00" + infer_request("FP32", [2], fp32_contents=[1, 2]),
    b"\x70\x00" + infer_request("BYTES", [1], raw=b"\1\0\0\0a"),
    b"\x50\x00\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00",
)


def require(condition: bool, message: str) -> None:
    """Stop if a rule does not hold."""
    if not condition:
        raise AssertionError(message)


def signature_of(choice: int) -> dict[str, TensorInfo]:
    """Return one input or two."""
    dtypes = {"x": DTYPES[choice % len(DTYPES)], "y": DTYPES[choice // len(DTYPES) % len(DTYPES)]}
    names = ("x", "y") if choice & 128 else ("x",)
    return {name: TensorInfo(name, dtypes[name], None) for name in names}


def predict(choice: int, body: bytes) -> None:
    """Read a predict request in both ways."""
    inputs = signature_of(choice)
    fast = exact = None
    with contextlib.suppress(Irregular):
        fast = RegularRequest.of(body).tensors(inputs)
    with contextlib.suppress(ServingError):
        exact = ExactRequest.of(body).tensors(inputs)
    if exact is not None:
        writing.columns(exact.by_name)
    if fast is not None:
        require(exact is not None and fast.as_rows == exact.as_rows, "the exact reader reads something else")
        for name, array in fast.by_name.items():
            np.testing.assert_array_equal(array, exact.by_name[name])
            require(array.dtype == exact.by_name[name].dtype, "the exact reader reads another type")
            require(array.shape == exact.by_name[name].shape, "the exact reader reads another shape")


def together(choice: int, body: bytes) -> None:
    """Read requests together that are separated by zeros, and each alone."""
    predict(choice, body)
    inputs, found = signature_of(choice), []
    for each in body.split(b"\0"):
        with contextlib.suppress(Irregular):
            rows = Instances.of(RegularRequest.of(each), inputs)
            found += [rows] if rows is not None else []
    # A request is also read together with itself.
    found += found[:1]
    try:
        joined = found[0].joined(found) if found else {}
    except Irregular:
        return
    places = np.cumsum([each.count for each in found])[:-1]
    parts = {name: np.split(array, places) for name, array in joined.items()}
    for number, each in enumerate(found):
        for name, array in each.tensors().items():
            np.testing.assert_array_equal(parts[name][number], array)
            require(parts[name][number].dtype == array.dtype, "alone a request has another type")


def infer(choice: int, body: bytes) -> None:
    """Read an inference request."""
    dtype = DTYPES[choice % len(DTYPES)]
    length = str(len(body) - choice % 16) if choice & 128 else None
    request = inference.read(body, length)
    inference.tensors(request, {"x": TensorInfo("x", dtype, None)}, "m")


def tensor(choice: int, body: bytes) -> None:
    """Read a tensor of TensorFlow's gRPC."""
    with contextlib.suppress(DecodeError):
        sent = TensorProto.FromString(body)
        if choice & 1:
            sent.dtype = DTYPES[choice // 2 % len(DTYPES)]
        with contextlib.suppress(decoding.BadTensorError):
            found = decoding.to_array(sent, LIMIT)
            require(found.nbytes <= LIMIT, "a tensor is larger than the limit")
            with contextlib.suppress(tf.errors.InvalidArgumentError):
                expected = tf.io.parse_tensor(sent.SerializeToString(), sent.dtype).numpy()
                expected = np.array(expected, found.dtype)
                require(found.shape == expected.shape, "TensorFlow reads another shape")
                np.testing.assert_array_equal(found, expected)


def infer_grpc(choice: int, body: bytes) -> None:
    """Read the inputs of an inference request of gRPC."""
    with contextlib.suppress(DecodeError):
        request = messages.message("ModelInferRequest").FromString(body)
        for number, each in enumerate(request.inputs):
            if choice & 1:
                each.datatype = DATATYPES[choice // 2 % len(DATATYPES)]
            raw = request.raw_input_contents[number] if number < len(request.raw_input_contents) else None
            found = contents.read(each, raw)
            require(found.shape == tuple(each.shape), "an input has another shape")
            require(found.size <= max(len(body), 1), "an input has more values than were sent")


def route(choice: int, body: bytes) -> None:
    """Read a path."""
    path = body.decode("latin-1")
    found = routing.route(path)
    if found is not None:
        require(found.number is None or found.number >= 0, "a version is negative")
    target(("GET", "POST", "PUT")[choice % 3], path)


def inflate(_: int, body: bytes) -> None:
    """Decompress a body."""
    require(len(bodies.decompressed(body, "gzip", LIMIT)) <= LIMIT, "a body is larger than the limit")


READERS = (predict, together, lambda _, body: examples.read(body), infer, route, inflate, tensor, infer_grpc)


def read(data: bytes) -> None:
    """Let one of the readers read."""
    if len(data) < 2:
        return
    with contextlib.suppress(ServingError, bodies.TooLargeError):
        READERS[(data[0] >> 4) % len(READERS)](data[1] | (data[0] & 8) << 4, data[2:])


TOKENS = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "1",
    "-0",
    "1e400",
    "NaN",
    "-Infinity",
    "null",
    "true",
    '"x"',
    '"y"',
    '"b64"',
    '"inputs"',
    '"instances"',
    '"signature_name"',
]


def main(minutes: float) -> None:
    """Fuzz; the process ends with 0, or with an error and the input in `.tools/fuzz`."""
    failures = PROJECT / ".tools" / "fuzz"
    failures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus, tokens = Path(folder) / "corpus", Path(folder) / "tokens"
        corpus.mkdir()
        for number, seed in enumerate(SEEDS):
            (corpus / str(number)).write_bytes(seed)
            # The first examples import TensorFlow, for longer than an input may take.
            read(seed)
        tokens.write_text("".join(f'"{token.replace(chr(34), chr(92) + chr(34))}"\n' for token in TOKENS))
        options = [f"-max_total_time={int(60 * minutes)}", "-max_len=4096", "-timeout=30", "-rss_limit_mb=4096"]
        atheris.Setup([sys.argv[0], *options, f"-dict={tokens}", f"-artifact_prefix={failures}/", str(corpus)], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main(float(sys.argv[1]))
