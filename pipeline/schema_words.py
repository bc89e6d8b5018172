"""What a schema says of a column, and what a change of it would say, in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.schema_text import described
from pipeline.text import shorten

if TYPE_CHECKING:
    from components.schema_changes import Change

NOTHING = "nothing: the column is not in the schema"
_MOST_VALUES = 6


@dataclass(frozen=True)
class Difference:
    """What one column of the data has that the schema does not allow.

    Attributes:
        column: Its name; empty for the table as a whole.
        allowed: What the schema allows.
        found: What the data has.
        change: What the schema would have to say; empty where no change allows what was found.
        kinds: TFDV's names of what was found.
    """

    column: str
    allowed: str
    found: str
    change: str
    kinds: tuple[str, ...]


def told(schema: Any) -> list[dict[str, Any]]:
    """Return what a schema says of each column, as plain data, by name."""
    domains = {each.name: list(each.value) for each in schema.string_domain}
    return [
        {
            **{
                "column": feature.name,
                **dict(zip(("type", "presence", "domain"), described(feature, domains), strict=True)),
            },
            "not_in_environment": list(feature.not_in_environment),
        }
        for feature in sorted(schema.feature, key=lambda feature: str(feature.name))
    ]


def differences(schema: Any, changes: "Iterable[Change]") -> Iterator[Difference]:
    """Yield the changes in words."""
    features = {each.name: each for each in schema.feature}
    domains = {each.name: list(each.value) for each in schema.string_domain}
    for change in changes:
        feature = features.get(change.column)
        before = _words(feature, domains) if feature is not None else {}
        allowed = ", ".join(words for words in before.values() if words) or NOTHING
        found = "; ".join(change.found)
        told = _told_change(change, before, domains.get(feature.domain) if feature is not None else None)
        yield Difference(change.column, allowed if change.column else "", found, told, change.kinds)


def _told_change(change: "Change", before: dict[str, str], values: list[str] | None) -> str:
    """Return what the schema would have to say of a column that it does not say yet."""
    if change.feature is None:
        return ""
    others = list(change.domain.value) if change.domain is not None else []
    if values is not None and len(others) > len(values) and others[: len(values)] == values:
        added = f"may hold also {', '.join(shorten(value, 28) for value in others[len(values) :][:_MOST_VALUES])}"
        more = len(others) - len(values) - _MOST_VALUES
        parts = {"domain": f"{added} and {more:,} more" if more > 0 else added}
    else:
        parts = {}
    after = {**_words(change.feature, {change.feature.domain: others}), **parts}
    return ", ".join(words for part, words in after.items() if words and words != before.get(part))


def _words(feature: Any, domains: dict[str, list[str]]) -> dict[str, str]:
    """Return what a schema says of a column, by part."""
    kind, presence, domain = described(feature, domains)
    count = feature.value_count
    several = f"{count.min} to {count.max} values in a row" if (count.min, count.max) not in ((0, 0), (1, 1)) else ""
    return {"type": kind, "presence": f"must be there: {presence}", "domain": f"may hold {domain}", "count": several}
