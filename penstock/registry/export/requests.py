"""Examples of requests to TensorFlow Serving, with usual values of the training rows."""

import math
from collections.abc import Mapping
from typing import Any

SIGNATURE = "serving_default"


def request(signature: Mapping[str, Any], statistics: bytes | None) -> dict[str, Any]:
    """Return the body of a request of one row, for `POST /v1/models/NAME:predict`.

    Args:
        signature: The recorded signatures, with type and shape of each input.
        statistics: The serialized statistics of the training rows, for usual values; None if there are none.
    """
    usual = _usual(statistics) if statistics else {}
    inputs = (signature.get(SIGNATURE) or {}).get("inputs") or {}
    row = {name: _value(each, usual.get(name)) for name, each in inputs.items()}
    return {"signature_name": SIGNATURE, "instances": [row]}


def _value(input: Mapping[str, Any], usual: Any) -> Any:
    is_text = input.get("type") == "string"
    value = usual if isinstance(usual, str) == is_text and usual is not None else "" if is_text else 0.0
    shape = input.get("shape") or []
    return [value] * int(shape[1] or 1) if len(shape) > 1 else value


def _usual(statistics: bytes) -> dict[str, Any]:
    """Return the median or the most frequent value of each column."""
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0 import statistics_pb2

    found: dict[str, Any] = {}
    try:
        parsed = statistics_pb2.DatasetFeatureStatisticsList.FromString(statistics)
    except DecodeError:  # an example of zeros is better than no export
        return found
    for each in parsed.datasets[0].features if parsed.datasets else []:
        name = ".".join(each.path.step) or each.name
        if each.HasField("num_stats") and math.isfinite(each.num_stats.median):
            found[name] = each.num_stats.median
        elif each.HasField("string_stats") and each.string_stats.top_values:
            found[name] = each.string_stats.top_values[0].value
    return found
