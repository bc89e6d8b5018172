"""What a path asks for, by TensorFlow Serving's rules: case does not matter up to where it does there."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from penstock.server.errors import Code, ServingError

_TARGET = r"(?:(?:/versions/(?P<version>[0-9]+))|(?:/labels/(?P<label>[^/:]+)))?"
_POST = re.compile(rf"(?i)/v1/models/(?P<model>[^/:]+){_TARGET}:(?P<method>classify|regress|predict)")
_GET = re.compile(rf"(?i)/v1/models(?:/(?P<model>[^/:]+))?{_TARGET}(?:/(?P<method>metadata))?")
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Target:
    """A model, perhaps one version of it, and what is asked of it.

    Attributes:
        model: The name of the model.
        version: The number of the version, if one is named.
        label: The label of the version, if one is named.
        method: `predict`, `classify`, `regress`, `metadata` or `status`.
    """

    model: str
    version: int | None
    label: str | None
    method: str


def target(method: str, path: str) -> Target:
    """Return what a request under `/v1/` asks for; raise TensorFlow Serving's error.

    Args:
        method: The method of HTTP.
        path: The path as it was sent, escapes included.
    """
    form = {"POST": _POST, "GET": _GET}.get(method)
    found = form.fullmatch(path) if form else None
    if found is None:
        raise _malformed(method, path)
    version = found["version"]
    if version and (len(version.lstrip("0")) > len(str(_LARGEST)) or int(version) > _LARGEST):
        raise ServingError(Code.INVALID_ARGUMENT, f"Failed to convert version: {version} to numeric.")
    action = found["method"]
    if method == "POST" and action not in ("classify", "regress", "predict"):
        # The path fits whatever its case is, but the name of the method is compared with its case.
        raise _malformed(method, path)
    if method == "GET":
        action = "metadata" if action == "metadata" else "status"
        if not found["model"]:
            raise ServingError(Code.INVALID_ARGUMENT, "Missing model name in request.")
    label = found["label"]
    return Target(unquote(found["model"]), int(version) if version else None, unquote(label) if label else None, action)


def _malformed(method: str, path: str) -> ServingError:
    return ServingError(Code.INVALID_ARGUMENT, f"Malformed request: {method} {path}")
