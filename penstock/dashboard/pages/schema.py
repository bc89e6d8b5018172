"""The page of the schema: what it allows, how it has changed from run to run, and the review of new rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from penstock.core.errors import ConfigError, PenstockError
from penstock.core.text import shorten
from penstock.dashboard.kept import Kept
from penstock.dashboard.pages.data import with_output
from penstock.dashboard.sources import Source
from penstock.metadata.lineage import Run
from penstock.registry.acceptance import Acceptance
from penstock.registry.views import acceptances
from penstock.schema.current import current_file, described_columns
from penstock.schema.file import SCHEMA_FILE, read

_MOST_VALUES = 6
_COLUMNS: Kept[list[dict[str, Any]]] = Kept(20)
_RULES_OF: "Kept[Mapping[str, Rules]]" = Kept(100)
_RULES = {"type": "type", "presence": "must be there", "not_in_environment": "not in the environments"}


@dataclass(frozen=True)
class Rules:
    """What a schema says of a column.

    Attributes:
        described: The rules in words, by their names.
        values: All values of a category; None if it is none.
    """

    described: Mapping[str, Any]
    values: frozenset[str] | None


@dataclass(frozen=True)
class Changed:
    """A change of a column: `added`, `removed` or `changed`, and what has changed in words."""

    column: str
    kind: str
    words: str


@dataclass(frozen=True)
class Step:
    """A run whose schema differs from that of the run before, or the first one.

    Attributes:
        run: The run.
        columns: The number of its columns.
        changes: What has changed; empty for the first one.
        fault: Why the schema cannot be read.
    """

    run: Run
    columns: int
    changes: tuple[Changed, ...]
    fault: str = ""


@dataclass(frozen=True)
class Current:
    """The schema that the next run uses; the origin is empty, and the fault says why, if there is none."""

    origin: str
    columns: Sequence[Mapping[str, Any]]
    fault: str = ""


def current(source: Source) -> Current:
    """Return the schema that the next run uses."""
    try:
        file, origin = current_file(source.config, source.runs.all())
        return Current(origin, _COLUMNS.get(file, lambda: described_columns(read(file))))
    except ConfigError as error:
        return Current("", (), str(error))


def history(source: Source) -> list[Step]:
    """Return the last runs whose schema has changed, the newest first; at most 20."""
    steps: list[Step] = []
    before: Mapping[str, Rules] | None = None
    for run in with_output(source, "Schema"):
        artifact = run.output("Schema")
        try:
            folder = artifact.uri if artifact else ""
            rules = _RULES_OF.get(folder, partial(_rules, folder))
        except PenstockError as error:
            steps.append(Step(run, 0, (), str(error)))
            continue
        changes = () if before is None else tuple(_changes(before, rules))
        if before is None or changes:
            steps.append(Step(run, len(rules), changes))
        before = rules
    return steps[::-1]


def accepted(source: Source) -> tuple[list[Acceptance], str]:
    """Return the last acceptances of changes, newest first, and why they cannot be read."""
    try:
        with source.registry() as registry:
            model = source.model(registry) if registry else None
            return (acceptances(registry, model) if registry and model else []), ""
    except PenstockError as error:
        return [], str(error)


def _rules(folder: str) -> Mapping[str, Rules]:
    """Return the rules of each column.

    Raises:
        ConfigError: The file is missing or damaged.
    """
    schema = read(Path(folder, SCHEMA_FILE))
    domains = {each.name: frozenset(each.value) for each in schema.string_domain}
    values = {each.name: domains.get(each.domain) for each in schema.feature if each.HasField("domain")}
    return {each["column"]: Rules(each, values.get(each["column"])) for each in described_columns(schema)}


def _changes(before: Mapping[str, Rules], after: Mapping[str, Rules]) -> Iterator[Changed]:
    for column in sorted({*before, *after}):
        if column not in before:
            yield Changed(column, "added", str(after[column].described["type"]))
        elif column not in after:
            yield Changed(column, "removed", "")
        elif before[column] != after[column]:
            yield Changed(column, "changed", "; ".join(_words(before[column], after[column])))


def _words(before: Rules, after: Rules) -> Iterator[str]:
    for rule, words in _RULES.items():
        one, other = (_text(each.described[rule]) for each in (before, after))
        if one != other:
            yield f"{words}: {one} became {other}"
    if before.values is not None and after.values is not None:
        for word, values in (
            ("may hold also", after.values - before.values),
            ("no longer", before.values - after.values),
        ):
            if values:
                yield f"{word} {_named(values)}"
    elif before.described["domain"] != after.described["domain"]:
        yield f"may hold: {before.described['domain']} became {after.described['domain']}"


def _text(rule: Any) -> str:
    return (", ".join(rule) or "none") if isinstance(rule, list) else str(rule)


def _named(values: frozenset[str]) -> str:
    shown = ", ".join(shorten(value, 28) for value in sorted(values)[:_MOST_VALUES])
    more = len(values) - _MOST_VALUES
    return f"{shown} and {more:,} more" if more > 0 else shown
