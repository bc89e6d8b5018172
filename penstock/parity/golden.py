"""The document of the golden rows: columns as a server takes them, serialized examples, and the expected values."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import ValidationError, model_validator

from penstock.core.documents.document import Document
from penstock.core.errors import PenstockError

_NEXT = "write `penstock fsck`, which finds damaged files"


class GoldenRows(Document):
    """The golden rows of a version.

    Attributes:
        columns: The values of each input of `serving_default`, as TensorFlow Serving takes them in JSON; None for a
            missing number.
        types: The type of each input, such as `float32`.
        names: The column of each input.
        examples: The rows as serialized tf.Examples, in base64.
        expected: The values of each output, which the model computed offline.
    """

    FILE: ClassVar[str] = "golden_rows.json.gz"
    TITLE: ClassVar[str] = "golden rows"

    columns: dict[str, tuple[Any, ...]]
    types: dict[str, str]
    names: dict[str, str]
    examples: tuple[str, ...]
    expected: dict[str, tuple[Any, ...]]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        counts = {len(values) for values in (self.examples, *self.columns.values(), *self.expected.values())}
        if len(counts) != 1 or self.columns.keys() != self.types.keys():
            raise ValueError("columns, examples and expected values of different numbers of rows")
        return self

    def __len__(self) -> int:
        return len(self.examples)

    @classmethod
    def parse(cls, content: str | bytes, where: str) -> Self:
        """Return the rows in a compressed file.

        Raises:
            PenstockError: The document is damaged, or of a newer version.
        """
        try:
            plain = gzip.decompress(content if isinstance(content, bytes) else content.encode())
            values = json.loads(plain)
        except (OSError, EOFError, ValueError, RecursionError) as error:
            raise PenstockError(where, f"{cls.TITLE}, undamaged", str(error), _NEXT) from None
        try:
            rows = cls.model_validate(values)
            if not rows.expected:
                raise PenstockError(where, f"{cls.TITLE} with expected values", "none", _NEXT)
            return rows
        except ValidationError as error:
            raise cls.refusal(plain, where, error) from None

    def content(self) -> bytes:
        """Return the content of the file: equal rows have equal bytes."""
        return gzip.compress(json.dumps(self.model_dump(mode="python"), indent=None).encode(), mtime=0)

    @property
    def digest(self) -> str:
        """The SHA-256 of the rows and the expected values."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="python"), sort_keys=True).encode()).hexdigest()

    def serialized(self) -> list[bytes]:
        """Return the rows as serialized tf.Examples."""
        return [base64.b64decode(each) for each in self.examples]

    def row(self, place: int) -> dict[str, Any]:
        """Return the values of a row by column."""
        return {self.names.get(name, name): values[place] for name, values in self.columns.items()}

    def expecting(self, expected: Mapping[str, Sequence[Any]]) -> "GoldenRows":
        """Return the rows with expected values."""
        return self.model_copy(update={"expected": {name: tuple(values) for name, values in expected.items()}})

    def part(self, start: int, stop: int) -> "GoldenRows":
        """Return some of the rows."""
        return self.model_copy(
            update={
                "columns": {name: values[start:stop] for name, values in self.columns.items()},
                "examples": self.examples[start:stop],
                "expected": {name: values[start:stop] for name, values in self.expected.items()},
            }
        )
