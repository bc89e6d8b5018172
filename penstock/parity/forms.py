"""The forms of a request: how golden rows are written as one, and how the answer is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.parity.comparison import Mismatch
from penstock.parity.golden import GoldenRows

COLUMNS, EXAMPLES = "serving_default", "serve_tf_examples"
EXAMPLES_INPUT = "examples"
# More values in one request would take tens of megabytes.
_MOST_VALUES = 200_000

Answer = Mapping[str, Sequence[Any]]


class Rest(Protocol):
    """A server of TensorFlow Serving's REST interface."""

    def predict(self, body: Mapping[str, Any]) -> Any:
        """Return the answer to a request."""
        ...


class Grpc(Protocol):
    """A server of TensorFlow Serving's gRPC interface."""

    def predict(self, signature: str, inputs: Mapping[str, tuple[str, Sequence[Any]]]) -> Answer:
        """Return the outputs of a signature for inputs, each with its type."""
        ...


@dataclass(frozen=True)
class Form:
    """A form of request.

    Attributes:
        name: Its name.
        over: What it is sent over, `rest` or `grpc`.
        send: Sends rows to a server, and returns the outputs.
    """

    name: str
    over: str
    send: Callable[[Any, GoldenRows], Answer]


def parts(rows: GoldenRows) -> list[GoldenRows]:
    """Return the rows in parts, each for one request."""
    size = max(1, _MOST_VALUES // max(1, len(rows.columns)))
    return [rows.part(start, start + size) for start in range(0, len(rows), size)]


def _json_rows(server: Rest, rows: GoldenRows) -> Answer:
    columns = {name: sendable(values) for name, values in rows.columns.items()}
    instances = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return _predictions(server.predict({"instances": instances}), rows)


def _json_columns(server: Rest, rows: GoldenRows) -> Answer:
    answer = server.predict({"inputs": {name: sendable(values) for name, values in rows.columns.items()}})
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    if outputs is None:
        raise Mismatch('"outputs" in the answer', _shown(answer))
    return _texts(outputs if isinstance(outputs, dict) else dict.fromkeys(_one(rows), outputs))


def _rest_examples(server: Rest, rows: GoldenRows) -> Answer:
    body = {"signature_name": EXAMPLES, "instances": [{"b64": each} for each in rows.examples]}
    return _predictions(server.predict(body), rows)


def _grpc_columns(server: Grpc, rows: GoldenRows) -> Answer:
    inputs = {name: (rows.types[name], sendable(values)) for name, values in rows.columns.items()}
    return _texts(server.predict(COLUMNS, inputs))


def _grpc_examples(server: Grpc, rows: GoldenRows) -> Answer:
    return _texts(server.predict(EXAMPLES, {EXAMPLES_INPUT: ("string", rows.serialized())}))


FORMS = (
    Form("JSON rows", "rest", _json_rows),
    Form("JSON columns", "rest", _json_columns),
    Form("tf.Example over REST", "rest", _rest_examples),
    Form("columns over gRPC", "grpc", _grpc_columns),
    Form("tf.Example over gRPC", "grpc", _grpc_examples),
)


def sendable(values: Sequence[Any]) -> list[Any]:
    """Return values with NaN for missing numbers."""
    return [sendable(each) if isinstance(each, list | tuple) else _or_nan(each) for each in values]


def _or_nan(value: Any) -> Any:
    return float("nan") if value is None else value


def _predictions(answer: Any, rows: GoldenRows) -> Answer:
    """Return the outputs of an answer in row form."""
    found = answer.get("predictions") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise Mismatch('"predictions" in the answer', _shown(answer))
    if found and isinstance(found[0], dict):
        if any(not isinstance(each, dict) or each.keys() != found[0].keys() for each in found):
            raise Mismatch("predictions with the same outputs in each row", "others")
        return _texts({name: [each[name] for each in found] for name in found[0]})
    return _texts(dict.fromkeys(_one(rows), found))


def _one(rows: GoldenRows) -> list[str]:
    """Return the name of the output of a model that has one: the answer does not name it."""
    return list(rows.expected)[:1] or [""]


def _texts(outputs: Any) -> Answer:
    """Return outputs with text in place of bytes."""
    if any(not isinstance(values, list) for values in outputs.values()):
        raise Mismatch("a list of values for each output", _shown(outputs))
    return {name: [_text(value) for value in values] for name, values in outputs.items()}


def _text(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _shown(answer: Any) -> str:
    text = str(answer)
    return f"{text[:77]}..." if len(text) > 80 else text
