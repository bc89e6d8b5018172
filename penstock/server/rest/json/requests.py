"""Reads the body of a predict request: its signature, then its tensors once the signature's inputs are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.server.models.signature import TensorInfo
from penstock.server.rest.json import columns, parsing, values
from penstock.server.rest.json.debugging import shown
from penstock.server.rest.json.parsing import Irregular, Read

KEYS = frozenset({"signature_name", "instances", "inputs"})


@dataclass(frozen=True)
class Tensors:
    """What a request asks to predict.

    Attributes:
        by_name: A tensor for each input of the signature.
        as_rows: Whether the answer is a list of rows, not columns.
    """

    by_name: dict[str, np.ndarray]
    as_rows: bool


@dataclass(frozen=True)
class RegularRequest:
    """A body of strict JSON or with NaN; for what TensorFlow Serving may read in another way `Irregular` is raised."""

    body: bytes
    document: Any
    nans: int | None

    @classmethod
    def of(cls, body: bytes) -> "RegularRequest":
        """Parse a body."""
        document, nans = parsing.regular(body)
        # What further keys hold would have to be searched for keys.
        if (
            type(document) is not dict
            or not document.keys() <= KEYS
            or type(document.get("signature_name", "")) is not str
        ):
            raise Irregular
        return cls(body, document, nans)

    @property
    def signature(self) -> str:
        """The name of the signature, empty for the default one."""
        return self.document.get("signature_name", "")

    def tensors(self, inputs: Mapping[str, TensorInfo]) -> Tensors:
        """Return the tensors of a signature's inputs."""
        if not inputs:
            raise Irregular
        read = Read(len(self.document), nans=None if self.nans is None else 0)
        found, as_rows = _by_columns(self.document, inputs, read)
        parsing.check([self.body], read, self.nans)
        return Tensors(found, as_rows)


@dataclass(frozen=True)
class ExactRequest:
    """A body as TensorFlow Serving reads it, with its errors."""

    document: Any

    @classmethod
    def of(cls, body: bytes) -> "ExactRequest":
        """Parse a body; its name of a signature has to be a string."""
        document = read_object(body)
        found, name = parsing.member(document, "signature_name")
        if found and not isinstance(name, str | bytes):
            text = "not formatted correctly. 'signature_name' key must be a string value."
            values.refuse(f"JSON Value: {shown(document)} {text}")
        return cls(document)

    @property
    def signature(self) -> str:
        """The name of the signature, empty for the default one."""
        name = parsing.member(self.document, "signature_name")[1] or ""
        return name if isinstance(name, str) else name.decode(errors="replace")

    def tensors(self, inputs: Mapping[str, TensorInfo]) -> Tensors:
        """Return the tensors of a signature's inputs."""
        if not inputs:
            values.refuse(f"Failed to get input map for signature: {self.signature or 'DEFAULT'}")
        as_rows, instances = parsing.member(self.document, "instances")
        as_columns, given = parsing.member(self.document, "inputs")
        if as_rows and as_columns:
            self._refuse("Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ")
        if not as_rows and not as_columns:
            values.refuse("Missing 'inputs' or 'instances' key")
        if as_rows and (not isinstance(instances, list) or parsing.is_object(instances)):
            self._refuse("Expecting 'instances' to be an list/array")
        if as_rows and not instances:
            self._refuse("No values in 'instances' array")
        try:
            # A body with NaN in it is not regular, and large ones are usual.
            pair = {"instances": instances} if as_rows else {"inputs": given}
            found, _ = _by_columns(pair, inputs, Read())
        except Irregular:
            found = values.rows(instances, inputs) if as_rows else values.columns(given, inputs)
        return Tensors(found, as_rows)

    def _refuse(self, message: str) -> None:
        values.refuse(f"JSON Value: {shown(self.document)} {message}")


def read_object(body: bytes) -> Any:
    """Return the object of a body as TensorFlow Serving reads it."""
    document = parsing.exact(body)
    if not parsing.is_object(document):
        values.refuse(f"JSON Value: {shown(document)} Is not object")
    return document


def _by_columns(
    document: dict[str, Any], inputs: Mapping[str, TensorInfo], read: Read
) -> tuple[dict[str, np.ndarray], bool]:
    if ("instances" in document) == ("inputs" in document):
        raise Irregular
    as_rows = "instances" in document
    if as_rows and type(document["instances"]) is not list:
        raise Irregular
    if as_rows:
        return columns.rows(document["instances"], inputs, read), True
    return columns.columns(document["inputs"], inputs, read), False
