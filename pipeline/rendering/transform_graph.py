"""A transform graph: which columns the model sees, and what each of them came from."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.lineage import Artifact
from pipeline.rendering.markup import Markup, join, number, table, tag
from pipeline.rendering.schema import read
from pipeline.text import shorten

RAW = Path("metadata", "schema.pbtxt")
TRANSFORMED = Path("transformed_metadata", "schema.pbtxt")
VOCABULARIES = Path("transform_fn", "assets", "vocabulary")
_UNIT = "\x1f"  # stands between the number of a column and a value of it
_TYPES = {1: "text", 2: "whole number", 3: "number"}
_FIRST_WORDS = 5


def transform_graph(artifact: Artifact) -> Markup:
    """Return the raw columns with the columns made of each, then the vocabularies."""
    folder = Path(artifact.uri)
    raw = {feature.name for feature in read(folder / RAW).feature}
    made: dict[str, list[Any]] = {}
    for feature in read(folder / TRANSFORMED).feature:
        made.setdefault(origin(feature.name, raw), []).append(feature)
    rows = [
        (column, _kinds(features), ", ".join(f.name for f in features)) for column, features in sorted(made.items())
    ]
    told = f"{len(raw)} raw columns give {sum(map(len, made.values()))} transformed ones."
    parts = [tag("p", told), table(("Raw column", "Becomes", "Transformed columns"), rows)]
    words = vocabularies(folder / VOCABULARIES)
    if words:
        parts.append(tag("h4", "Vocabularies of the categorical columns, in the order of the configuration"))
        parts.append(table(("", "Values", "Most frequent first"), [_row(*entry) for entry in words.items()], {0, 1}))
    return join(parts)


def origin(name: str, raw: set[str]) -> str:
    """Return the raw column that a transformed one is named for: the longest that its name starts with."""
    return max((column for column in raw if name.startswith(column)), key=len, default="")


def vocabularies(file: Path) -> dict[int, list[str]]:
    """Return the values of each categorical column by its number; none where there is no such file."""
    if not file.is_file():
        return {}
    found: dict[int, list[str]] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n"):
        column, separator, value = line.partition(_UNIT)
        if separator:
            found.setdefault(int(column), []).append(value)
    return found


def _kinds(features: list[Any]) -> str:
    counted: Counter[str] = Counter()
    for feature in features:
        counted[_TYPES.get(feature.type, "other")] += math.prod(dim.size for dim in feature.shape.dim)
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counted.items())


def _row(column: int, words: list[str]) -> tuple[str, str, str]:
    first = ", ".join(shorten(word, 30) for word in words[:_FIRST_WORDS])
    return number(column + 1), number(len(words)), first + (", …" if len(words) > _FIRST_WORDS else "")
