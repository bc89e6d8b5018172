"""The schemas of two runs, feature by feature."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from penstock.comparison.files import same_files
from penstock.comparison.result import Difference, Part
from penstock.comparison.values import differences
from penstock.core.text import counted
from penstock.schema.file import SCHEMA_FILE, read

_NAMED = ("feature", "string_domain", "float_domain", "int_domain")
# Lists whose order has no meaning: environments, and the values of a domain.
_SETS = ("in_environment", "not_in_environment", "value")
_MOST = 5


def compare_schemas(one: Path, other: Path, *, name: str = "schema") -> Part:
    """Compare the schemas in two folders by the names of features and domains; their order is ignored, and reported.

    Args:
        one: The first folder.
        other: The second folder.
        name: The name of the part.

    Raises:
        ConfigError: A file is damaged or missing.
    """
    if same_files(one, other):
        return Part(name, "identical", "the same bytes")
    pair = [read(folder / SCHEMA_FILE) for folder in (one, other)]
    found = list(schema_differences(*pair))
    features = len({each.name for schema in pair for each in schema.feature})
    if found:
        affected = {each.place[:2] for each in found}
        words = f"{len(affected):,} of {features:,} features and domains"
        return Part(name, "different", words, None, tuple(map(str, found[:_MOST])), {"features": len(affected)})
    orders = [[each.name for each in schema.feature] for schema in pair]
    how = "another encoding, or order of values" if orders[0] == orders[1] else "in another order"
    return Part(name, "equal", f"{counted(features, 'feature')}, {how}", counts={"features": features})


def schema_differences(one: Any, other: Any) -> Iterator[Difference]:
    """Yield where two schemas differ: features and domains by name, then what applies to the table."""
    return differences(_plain(one), _plain(other))


def _plain(schema: Any) -> dict[str, Any]:
    values: dict[str, Any] = json_format.MessageToDict(schema, preserving_proto_field_name=True)
    named = {kind: {each["name"]: each for each in values.pop(kind, [])} for kind in _NAMED}
    for message in (*named["feature"].values(), *named["string_domain"].values()):
        message |= {key: sorted(message[key]) for key in _SETS if key in message}
    return {**named, **values}
