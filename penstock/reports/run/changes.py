"""What differs between a run and the version that it is compared with: data, configuration, code, packages, schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.registry.differences import between
from penstock.reports.checks import read_schema
from penstock.reports.run.document import Change, SchemaChange
from penstock.reports.run.facts import Recorded
from penstock.schema.file import SCHEMA_FILE, describe

_LONGEST = 200
_NONE = "none"
# Sections that change neither the data nor the model.
_ABOUT = ("registry.", "report.", "card.", "kubeflow.", "vertex.", "state.", "metadata.")


def changes(recorded: Recorded, before: Recorded) -> tuple[Change, ...]:
    """Return what differs from an earlier run; what was not recorded of either is not compared."""
    return (*_data(recorded, before), *_configuration(recorded, before), *_code(recorded, before))


def _data(recorded: Recorded, before: Recorded) -> Iterator[Change]:
    both = (before, recorded)
    # Both by the same record: the store knows one digest of all files, the registry one of each.
    is_stored = all(each.run.output("Examples") for each in both)
    pair = [_described(each) if is_stored else _noted(each) for each in both]
    for found in between(*pair) if all(pair) else ():
        yield Change(kind="data", name=found.name, before=_shown(found.one), after=_shown(found.other))


def _described(recorded: Recorded) -> dict[str, Any]:
    """Return source, query, rows and digests, by the run's own record in ML Metadata."""
    examples = recorded.run.output("Examples")
    properties = examples.properties if examples else {}
    rows = {f"rows of {split}": count for split, count in recorded.run.rows().items()}
    digest = str(properties.get("digest", ""))[:12]
    return {"query": properties.get("query") or None, **rows, "SHA-256 of the rows' files": digest or None}


def _noted(recorded: Recorded) -> dict[str, Any]:
    """Return query, rows and digests, by the registry's record of the run; empty if there is none."""
    data = recorded.experiment.get("data") or {}
    rows = {f"rows of {split}": count for split, count in (data.get("rows") or {}).items()}
    files = {f"SHA-256 of {name}": str(digest)[:12] for name, digest in (data.get("files") or {}).items()}
    return {"query": data.get("query"), **rows, **files} if data else {}


def _configuration(recorded: Recorded, before: Recorded) -> Iterator[Change]:
    one, other = (each.experiment.get("configuration") or {} for each in (before, recorded))
    if not one or not other:
        return
    for found in between(one, other):
        if not found.name.startswith(_ABOUT):
            yield Change(kind="configuration", name=found.name, before=_shown(found.one), after=_shown(found.other))


def _code(recorded: Recorded, before: Recorded) -> Iterator[Change]:
    one, other = (_commit(each) for each in (before, recorded))
    if one and other and one != other:
        yield Change(kind="code", name="commit", before=one, after=other)
    packages = [dict(each.detail("packages") or {}) for each in (before, recorded)]
    if all(packages):
        for found in between(*packages):
            yield Change(kind="packages", name=found.name, before=_shown(found.one), after=_shown(found.other))


def _commit(recorded: Recorded) -> str:
    commit = recorded.experiment.get("commit") or ""
    dirty = recorded.experiment.get("dirty", (recorded.experiment.get("details") or {}).get("dirty"))
    return f"{commit} with changes" if commit and dirty else str(commit)


def schema_changes(recorded: Recorded, before: Recorded) -> tuple[SchemaChange, ...] | None:
    """Return the columns whose schema differs; None if one of the two has no schema."""
    pair = [_schema(each) for each in (before, recorded)]
    if pair[0] is None or pair[1] is None:
        return None
    return tuple(_schema_changes(pair[0], pair[1]))


def _schema_changes(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[SchemaChange]:
    for column in dict.fromkeys((*one, *other)):
        if column not in one:
            yield SchemaChange(column=column, change="added", after=other[column])
        elif column not in other:
            yield SchemaChange(column=column, change="removed", before=one[column])
        elif one[column] != other[column]:
            yield SchemaChange(column=column, change="changed", before=one[column], after=other[column])


def _schema(recorded: Recorded) -> dict[str, str] | None:
    folder = recorded.folder("Schema")
    if folder is None or not (folder / SCHEMA_FILE).is_file():
        return None
    parsed = read_schema(folder / SCHEMA_FILE)
    domains = {domain.name: list(domain.value) for domain in parsed.string_domain}
    return {each.name: ", ".join(part for part in describe(each, domains) if part) for each in parsed.feature}


def _shown(value: Any) -> str:
    if value is None:
        return _NONE
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
