"""The review of a schema: its columns, the differences of data from it, and the acceptance of changes."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.config.config import Config
from penstock.core.documents.data import Distance
from penstock.core.errors import ConfigError
from penstock.core.files import atomic_file
from penstock.core.process import hidden_arguments, redirected_output
from penstock.core.text import did_you_mean, shorten
from penstock.schema import file as schema_text
from penstock.schema.current import LoadedSchema, current_schema
from penstock.schema.file import describe
from penstock.tables.input import Input

if TYPE_CHECKING:
    from pipeline.schema.changes import Change

NOTHING = "nothing: the column is not in the schema"
_MOST_VALUES = 6
_DIGEST = 16


@dataclass(frozen=True)
class Difference:
    """A difference of a column of the data from the schema.

    Attributes:
        column: Its name; empty for the table.
        allowed: What the schema allows.
        found: What the data has.
        change: The change of the schema that allows it; empty if no change does.
        kinds: TFDV's names of the anomalies.
    """

    column: str
    allowed: str
    found: str
    change: str
    kinds: tuple[str, ...]


def differences(schema: Any, changes: "Iterable[Change]") -> Iterator[Difference]:
    """Yield the differences of some changes from a schema, in words."""
    features = {each.name: each for each in schema.feature}
    domains = {each.name: list(each.value) for each in schema.string_domain}
    for change in changes:
        feature = features.get(change.column)
        before = _words(feature, domains) if feature is not None else {}
        allowed = ", ".join(words for words in before.values() if words) or NOTHING
        found = "; ".join(change.found)
        values = domains.get(feature.domain) if feature is not None else None
        described_change = _described_change(change, before, values)
        yield Difference(change.column, allowed if change.column else "", found, described_change, change.kinds)


def _described_change(change: "Change", before: dict[str, str], values: list[str] | None) -> str:
    """Return the new rules of a changed column, in words."""
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
    """Return the rules of a schema for a column, by part, in words."""
    kind, presence, domain = describe(feature, domains)
    count = feature.value_count
    several = f"{count.min} to {count.max} values in a row" if (count.min, count.max) not in ((0, 0), (1, 1)) else ""
    return {"type": kind, "presence": f"must be there: {presence}", "domain": f"may hold {domain}", "count": several}


@dataclass(frozen=True)
class Review:
    """Data compared with a schema.

    Attributes:
        loaded: The schema.
        source: The data.
        environment: The environment of the schema; None if the schema has none.
        changes: The changes of the schema that would allow the data.
        version: The pushed version with whose training data the data is compared; None if there is none.
        distances: The distance of each column that can be compared.
    """

    loaded: LoadedSchema
    source: str
    environment: str | None
    changes: "tuple[Change, ...]"
    version: int | None
    distances: tuple[Distance, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The differences in words."""
        return tuple(differences(self.loaded.schema, self.changes))

    @property
    def digest(self) -> str:
        """A digest of the schema and of all changes: whoever accepts changes can name those that were shown."""
        seen = hashlib.sha256(self.loaded.schema.SerializeToString(deterministic=True))
        for change in self.changes:
            seen.update(json.dumps([change.column, *change.kinds, *change.found]).encode())
            for message in (change.feature, change.domain):
                seen.update(b"\0" if message is None else message.SerializeToString(deterministic=True))
        return seen.hexdigest()[:_DIGEST]

    @property
    def beyond(self) -> tuple[Distance, ...]:
        """The distances above their thresholds."""
        return tuple(column for column in self.distances if not column.passed)


def write_copy(loaded: LoadedSchema, file: Path) -> None:
    """Write a schema to a new file, to be edited and configured.

    Raises:
        ConfigError: The file is there already, or cannot be written.
    """
    if file.exists():
        raise ConfigError(f"--write {file}", "a new file", "an existing one", "name another")
    _write(file, loaded.file.read_text(encoding="utf-8"))


def review(config: Config, source: str | None = None, environment: str | None = None, *, quiet: bool = True) -> Review:
    """Compare the configured source, or another one, with the schema.

    Args:
        config: The configuration.
        source: A file, a folder or a glob.
        environment: `SERVING` for rows without a label; by default that of training.
        quiet: Whether to discard the output of TensorFlow.

    Raises:
        ConfigError: There is no schema, or no such environment.
        DataError: The table cannot be read.
    """
    loaded = current_schema(config)
    rows = config.input if source is None else _other(config, source, environment)
    with _quiet() if quiet else hidden_arguments():
        from components.environments import SERVING, TRAINING, with_environments
        from pipeline.schema.changes import changes
        from pipeline.schema.statistics import by_split, for_serving

        schema = with_environments(loaded.schema, config.data.label)
        environment = _environment(environment or TRAINING, list(schema.default_environment), bool(environment))
        if environment == SERVING:
            statistics = [for_serving(rows, schema, config.categories)]
        elif source is None:
            statistics = list(by_split(rows, config.splits, config.categories).values())
        else:
            statistics = [for_serving(rows, schema, config.categories, known_only=False)]
        found_changes = changes(schema, statistics, environment)
        version, distances = _distances(config, statistics[0])
    return Review(loaded, rows.name, environment, found_changes, version, distances)


def accept(
    config: Config, reviewed: Review, columns: Sequence[str], *, everything: bool, expect: str | None = None
) -> tuple[Difference, ...]:
    """Write accepted changes to the schema file in one rename, and return them.

    Args:
        config: The configuration.
        reviewed: The data compared with the schema.
        columns: The columns whose changes are accepted.
        everything: Whether every change is.
        expect: The digest of the changes that somebody has seen; None if they may be any.

    Raises:
        ConfigError: No file is configured, a column is unknown, there is no such change, or the changes are others.
    """
    check_file(config)
    if expect is not None and expect != reviewed.digest:
        received = f"{reviewed.digest}, as the rows or the schema have changed"
        raise ConfigError("--expect", f"the changes {expect}", received, "see `penstock schema diff` again")
    accepted = _accepted_changes(reviewed, columns, everything=everything)
    if accepted:
        from pipeline.schema.changes import applied

        file = reviewed.loaded.file
        text = file.read_text(encoding="utf-8")
        before = schema_text.parse(text, str(file))
        after = applied(before, accepted)
        text = schema_text.edit_text(text, before, after, [change.column for change in accepted])
        if _sorted(text) != _sorted(str(after)):
            raise ConfigError(f"schema {file}", "blocks of columns", "another layout", "change the file by hand")
        _write(file, text)
    return tuple(differences(reviewed.loaded.schema, accepted))


def check_compared(reviewed: Review) -> None:
    """Raise a ConfigError if no column was compared with a pushed version."""
    if not reviewed.distances:
        if reviewed.version is None:
            received, remedy = "no version with statistics", "push a version with `penstock run`"
        else:
            received, remedy = (
                f"none that version {reviewed.version} has too",
                "name rows with the columns of the model",
            )
        raise ConfigError("--strict", "columns to compare with a pushed version", received, remedy)


def check_file(config: Config) -> None:
    """Raise a ConfigError with the steps to configure a schema file if none is configured."""
    if not config.schema_.file:
        raise ConfigError(
            "schema.file",
            "a curated schema to change",
            "none",
            'write one with `penstock schema show --write schema.pbtxt`, then set `file = "schema.pbtxt"` in [schema]',
        )


def _accepted_changes(reviewed: Review, columns: Sequence[str], *, everything: bool) -> "list[Change]":
    by_column = {change.column: change for change in reviewed.changes if change.column}
    possible = [column for column, change in by_column.items() if change.feature is not None]
    if everything:
        columns = possible
    known = [feature.name for feature in reviewed.loaded.schema.feature]
    for column in columns:
        if column in possible:
            continue
        if column in by_column:
            received = "; ".join(by_column[column].found)
            raise ConfigError(f"accept {column!r}", "what a schema can allow", received, "fix the data")
        if column not in known:
            received = f"no such column{did_you_mean(column, [*known, *by_column])}"
            raise ConfigError(f"accept {column!r}", "a column of the data", received, "see `penstock schema diff`")
        received = f"none; {', '.join(possible)} can be accepted" if possible else "none in any column"
        raise ConfigError(f"accept {column!r}", "a change of that column", received, "see `penstock schema diff`")
    return [by_column[column] for column in dict.fromkeys(columns)]


def _distances(config: Config, statistics: Any) -> tuple[int | None, tuple[Distance, ...]]:
    from components.drift_report import Thresholds, judge
    from components.pushed_statistics import newest

    pushed = newest(config.path(config.push.directory))
    if pushed is None or pushed.statistics is None:
        return None, ()
    distances = judge(statistics, pushed.statistics, Thresholds(**config.drift.thresholds), config.columns)
    return pushed.version, tuple(column for column in distances if column.distance is not None)


def _environment(name: str, known: Sequence[str], asked: bool) -> str | None:
    if name in known:
        return name
    if asked:
        received = f"{name!r}{did_you_mean(name, known)}"
        raise ConfigError(f"--environment {name}", f"one of {', '.join(known)}", received, "name one of the schema")
    return None


def _other(config: Config, source: str, environment: str | None) -> Input:
    """Return another source with the settings of the configured one, without its query for rows to be served."""
    serving = environment == "SERVING"
    query = None if serving or config.input.is_remote else config.input.query
    formats, missing = dict(config.data.formats), dict(config.data.missing)
    if serving:
        formats.pop(config.data.label, None)
        missing.pop(config.data.label, None)
    return Input(str(Path(source).absolute()), query, config.data.delimiter, formats=formats, missing=missing)


def _sorted(text: str) -> list[str]:
    """Return the features and domains of a schema as text, in an order that does not depend on the file."""
    schema = schema_text.parse(text, "")
    return sorted(str(each) for each in (*schema.feature, *schema.string_domain))


def _write(file: Path, text: str) -> None:
    try:
        with atomic_file(file) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"schema {file}", "a file that can be written", str(error.strerror), "fix the cause"
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Discard the output of TensorFlow."""
    with open(os.devnull, "w", encoding="utf-8") as sink, redirected_output(sink), hidden_arguments():
        yield
