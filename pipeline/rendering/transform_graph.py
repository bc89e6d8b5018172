"""A transform graph: which columns the model sees, and what each of them came from."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.lineage import Artifact
from pipeline.rendering.markup import Markup, join, number, shortened, table, tag
from pipeline.rendering.schema import read

RAW = Path("metadata", "schema.pbtxt")
TRANSFORMED = Path("transformed_metadata", "schema.pbtxt")
VOCABULARIES = Path("transform_fn", "assets")
_VOCABULARY = "vocabulary_"
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
    words = [_vocabulary(file) for file in sorted((folder / VOCABULARIES).glob(f"{_VOCABULARY}*"))]
    if words:
        parts += [tag("h4", "Vocabularies"), table(("Column", "Values", "Most frequent first"), words, {1})]
    return join(parts)


def origin(name: str, raw: set[str]) -> str:
    """Return the raw column that a transformed one is named for: the longest that its name starts with."""
    return max((column for column in raw if name.startswith(column)), key=len, default="")


def vocabulary_column(name: str) -> str:
    """Return the column that a vocabulary's file is named for; each `_5f_` and the like stands for one character."""
    return re.sub("_([0-9a-f]+)_", lambda code: chr(int(code[1], 16)), name.removeprefix(_VOCABULARY))


def _kinds(features: list[Any]) -> str:
    counted = Counter(_TYPES.get(feature.type, "other") for feature in features)
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counted.items())


def _vocabulary(file: Path) -> tuple[str, str, str]:
    words = file.read_text(encoding="utf-8", errors="replace").splitlines()
    first = ", ".join(shortened(word, 30) for word in words[:_FIRST_WORDS])
    return vocabulary_column(file.name), number(len(words)), first + (", …" if len(words) > _FIRST_WORDS else "")
