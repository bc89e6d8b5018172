"""The text of a schema file: parsed, described in words, and edited so that only changed columns are rewritten.

`text_format` of protobuf parses and prints the messages. It drops comments and the layout of the file: a schema that
is parsed and printed again differs in every commented line, and the difference of one accepted column could not be
reviewed. txtpbfmt, which edits the text format and keeps comments, is written in Go; the scan for the blocks is 25
lines.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from penstock.config.config import Config
from penstock.core.errors import ConfigError
from penstock.core.files import atomic_file
from penstock.core.text import number, shorten

# The tokens of the protobuf text format: a quoted string, a comment, a bracket, or a word.
_TOKENS = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(#[^\n]*)|([{}<>])|([\w.]+)""")
_KINDS = ("feature", "string_domain")

SCHEMA_FILE = "schema.pbtxt"
_MOST_VALUES = 6
_TYPES = {"BYTES": "text", "INT": "whole number", "FLOAT": "number"}


@dataclass(frozen=True)
class Block:
    """A top-level message of the file: its field, its place in the text, the `name` in it, and its comments."""

    kind: str
    start: int
    end: int
    name: str
    comments: tuple[str, ...]


def read(file: Path) -> Any:
    """Return the schema in a file, a `schema_pb2.Schema`.

    Raises:
        ConfigError: There is no such file, or it does not parse; the error names the line.
    """
    try:
        return parse(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        expected = "a schema (schema.pbtxt)"
        raise ConfigError(f"schema {file}", expected, "no such file", "correct schema.file, or leave it out") from None
    except (OSError, UnicodeDecodeError) as error:
        received = "bytes that are no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error.strerror)
        raise ConfigError(f"schema {file}", "a readable text", received, "correct the file") from None


def parse(text: str, name: str) -> Any:
    """Return the schema in a text, a `schema_pb2.Schema`.

    Args:
        text: The text.
        name: The name of the text in error messages.

    Raises:
        ConfigError: It does not parse, or a column occurs twice.
    """
    try:
        found = text_format.Parse(text, schema_pb2.Schema())
    except text_format.ParseError as error:
        line, message = error.GetLine(), str(error).split(" : ", 1)[-1].replace("\n", " ").strip()
        where = f"{name}, line {line}" if line else name
        expected = "a schema in the protobuf text format"
        raise ConfigError(f"schema {where}", expected, message[:200], "correct that line") from None
    counts = Counter(feature.name for feature in found.feature)
    twice = next((column for column, count in counts.items() if count > 1), None)
    if twice is not None:
        raise ConfigError(f"schema {name}", "each column once", f"{twice!r} twice", "remove one of the two")
    return found


def describe(feature: Any, domains: dict[str, list[str]]) -> tuple[str, str, str]:
    """Return type, presence and domain of a column in words."""
    return _type(feature), _presence(feature), _domain(feature, domains)


def edit_text(text: str, before: Any, after: Any, columns: Iterable[str]) -> str:
    """Return the text with some columns replaced by those of another schema; all else is unchanged.

    Args:
        text: The text.
        before: The schema in the text.
        after: The schema that contains the new columns.
        columns: The names of the columns to replace or to add.
    """
    blocks = {(block.kind, block.name): block for block in _blocks(text)}
    pieces: list[tuple[int, int, str]] = []
    for kind, message in _changed(before, after, columns):
        block = blocks.get((kind, message.name))
        if block is not None:
            pieces.append(_replacing(text, block, message))
        else:
            place = _end_of_line(
                text, max((b.end for b in blocks.values() if b.kind == kind), default=len(text.rstrip()))
            )
            gap = "\n" if place or pieces else ""
            pieces.append((place, place, gap + _rendered(kind, message, ())))
    written, place = [], 0
    for start, end, piece in sorted(pieces, key=lambda each: each[:2]):
        written += [text[place:start], piece]
        place = end
    rest = text[place:]
    return "".join([*written, rest if rest.endswith("\n") else f"{rest}\n"])


def _end_of_line(text: str, place: int) -> int:
    """Return the end of the line if only a comment follows the place in it, or else the place."""
    rest = text[place:].split("\n", 1)[0]
    return place + len(rest) if not rest.strip() or rest.strip().startswith("#") else place


def _changed(before: Any, after: Any, columns: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield each feature of the columns, and each of their domains, that has changed."""
    old, new = ({each.name: each for each in schema.feature} for schema in (before, after))
    old_domains, new_domains = ({each.name: each for each in schema.string_domain} for schema in (before, after))
    yielded: set[str] = set()
    for column in columns:
        feature = new[column]
        if feature != old.get(column):
            yield "feature", feature
        name = feature.domain
        if name in new_domains and name not in yielded and new_domains[name] != old_domains.get(name):
            yielded.add(name)
            yield "string_domain", new_domains[name]


def _replacing(text: str, block: Block, message: Any) -> tuple[int, int, str]:
    """Return start, end and new text of a block; if values are only added to a domain, those of its end."""
    if block.kind == "string_domain":
        before = text_format.Parse(text[block.start : block.end], schema_pb2.Schema()).string_domain[0]
        count = len(before.value)
        if list(message.value[:count]) == list(before.value):
            values = [_text(type(message)(value=[value])) for value in message.value[count:]]
            gap = "" if text[: block.end - 1].endswith("\n") else "\n"
            return block.end - 1, block.end - 1, gap + "".join(f"  {value}\n" for value in values)
    return block.start, block.end, _rendered(block.kind, message, block.comments)


def _rendered(kind: str, message: Any, comments: tuple[str, ...]) -> str:
    body = _text(message).split("\n")
    return "\n".join([f"{kind} {{", *(f"  {line}" for line in (*comments, *body)), "}"])


def _text(message: Any) -> str:
    return str(text_format.MessageToString(message, as_utf8=True)).rstrip("\n")


def _blocks(text: str) -> Iterator[Block]:
    """Yield the features and domains of a valid text, in their order."""
    depth, kind, start, name, comments, last = 0, "", 0, "", [], ("", 0)
    waiting = False
    for token in _TOKENS.finditer(text):
        quoted, comment, bracket, word = token.groups()
        if comment:
            comments += [comment] if depth else []
        elif bracket in ("{", "<"):
            if not depth:
                kind, start, name, comments = last[0], last[1], "", []
            depth += 1
        elif bracket:
            depth -= 1
            if not depth and kind in _KINDS:
                yield Block(kind, start, token.end(), name, tuple(comments))
        elif word:
            last, waiting = (word, token.start()), depth == 1 and word == "name"
        elif quoted and waiting:
            # A string may consist of several literals.
            piece = text_format.Parse(f"name: {quoted}", schema_pb2.StringDomain()).name
            name += piece


def _type(feature: Any) -> str:
    if feature.HasField("bool_domain"):
        return "truth value"
    name = schema_pb2.FeatureType.Name(feature.type)
    return _TYPES.get(name, name.lower())


def _presence(feature: Any) -> str:
    least = feature.presence.min_fraction
    if least >= 1:
        return "in every row"
    if least > 0:
        return f"in {least:.0%} of the rows"
    return "in some row" if feature.presence.min_count else "no"


def _domain(feature: Any, domains: dict[str, list[str]]) -> str:
    if feature.HasField("bool_domain"):
        return "true, false"
    kind = feature.WhichOneof("domain_info")
    if kind in ("domain", "string_domain"):
        values = domains.get(feature.domain, []) if kind == "domain" else list(feature.string_domain.value)
        more = f" and {len(values) - _MOST_VALUES:,} more" if len(values) > _MOST_VALUES else ""
        return ", ".join(shorten(value, 28) for value in values[:_MOST_VALUES]) + more
    if kind in ("int_domain", "float_domain"):
        bounds = getattr(feature, kind)
        least = number(bounds.min) if bounds.HasField("min") else "any"
        return f"{least} to {number(bounds.max) if bounds.HasField('max') else 'any'}"
    return "anything"


def curated_schema(config: Config) -> str:
    """Return the snapshot of `schema.file` that `save_snapshot` made, or the file itself if there is none."""
    if config.target:
        return config.place(config.schema_.file or "")
    file = config.path(config.schema_.file or "")
    copy = _snapshot_file(config, file)
    return str(copy if copy.is_file() else file)


def save_snapshot(config: Config) -> None:
    """Copy the curated schema, if one is configured, to a file in the state folder that is named by its SHA-256.

    Raises:
        OSError: The file cannot be read, or the copy cannot be written.
    """
    if not config.schema_.file:
        return
    file = config.path(config.schema_.file)
    copy = _snapshot_file(config, file)
    copy.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(copy, 0o600) as made:
        made.write_bytes(file.read_bytes())


def _snapshot_file(config: Config, file: Path) -> Path:
    digest = hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()
    return config.path(config.state.directory) / "schemas" / f"{digest}.pbtxt"
