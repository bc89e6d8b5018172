"""A schema: what each column must be."""

from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipeline.lineage import Artifact
from pipeline.rendering.markup import Markup, number, table
from pipeline.text import shorten

SCHEMA_FILE = "schema.pbtxt"
_MOST_VALUES = 6
_TYPES = {"BYTES": "text", "INT": "whole number", "FLOAT": "number"}


def schema(artifact: Artifact) -> Markup:
    """Return a table: column, type, whether it must be there, and the values that it may hold."""
    found = read(Path(artifact.uri, SCHEMA_FILE))
    domains = {domain.name: list(domain.value) for domain in found.string_domain}
    rows = [(f.name, *described(f, domains)) for f in sorted(found.feature, key=lambda f: f.name)]
    return table(("Column", "Type", "Must be present", "May hold"), rows)


def described(feature: Any, domains: dict[str, list[str]]) -> tuple[str, str, str]:
    """Return type, presence and domain of a column in words."""
    return _type(feature), _presence(feature), _domain(feature, domains)


def read(file: Path) -> Any:
    """Return the schema that a text file holds."""
    return text_format.Parse(file.read_text(encoding="utf-8"), schema_pb2.Schema())


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
