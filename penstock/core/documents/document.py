"""The base classes of the documents that nodes write into their artifacts: a file name, fields and a version.

The documents are in `verdict`, `data` and `training`. All code reads and writes the files through these classes, so
that names and keys are defined once. A file without a version was written by a release before versions existed, and is
read if it has the fields of version 1.
"""

import json
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from penstock.core.errors import PenstockError

# The version that this code writes, and the newest that it reads.
VERSION = 1

Version = Annotated[int, Field(ge=1, le=VERSION)]
# A field that does not apply to the task or the configuration is not written.
OPTIONAL: Any = {"default": None, "exclude_if": lambda value: value is None}


class Part(BaseModel):
    """A part of a document; unknown fields are refused."""

    # A command builds only the validators that it uses: building all of them takes 10 ms.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="constants")

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON values; a field that an older file does not have is left out."""
        return self.model_dump(mode="json", exclude_unset=True)


class File(Part):
    """A file of an artifact, or one of its properties, that a node writes.

    Attributes:
        FILE: The name of the file; empty for a property.
        TITLE: The name of the document in error messages.
        VERSION_KEY: The key of the version.
    """

    FILE: ClassVar[str] = ""
    TITLE: ClassVar[str] = ""
    VERSION_KEY: ClassVar[str] = "version"

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Return the document in an artifact's local folder.

        Raises:
            OSError: There is no such file, or it cannot be read.
            PenstockError: The document is damaged, or of a newer version.
        """
        file = Path(folder, cls.FILE)
        return cls.parse(file.read_bytes(), str(file))

    @classmethod
    def parse(cls, content: str | bytes, where: str) -> Self:
        """Return the document in a text.

        Args:
            content: The text; bytes are UTF-8.
            where: The place of the text, for the error.

        Raises:
            PenstockError: The document is damaged, or of a newer version.
        """
        try:
            return cls.model_validate_json(content, strict=True)
        except ValidationError as error:
            raise cls.refusal(content, where, error) from None

    def text(self) -> str:
        """Return the text of the file."""
        return json.dumps(self.model_dump(mode="json"), indent=1)

    @classmethod
    def refusal(cls, content: str | bytes, where: str, error: ValidationError) -> PenstockError:
        """Return the error for a text that is not valid."""
        version = _version(content, cls.VERSION_KEY)
        if version is not None and version > VERSION:
            return PenstockError(
                where,
                f"{cls.TITLE} of version {VERSION} or older",
                f"version {version}",
                "use the release of Penstock that wrote it, or a newer one",
            )
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        received = f"{place}: {first['msg']}" if place else first["msg"]
        next_step = "write `penstock fsck`, which finds damaged files, or run again with --no-cache"
        return PenstockError(where, f"{cls.TITLE}, undamaged", received, next_step)


def _version(content: str | bytes, key: str) -> int | None:
    try:
        version = json.loads(content)[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return version if isinstance(version, int) else None


class Document(File):
    """A document with a version."""

    version: Version = VERSION
