"""The search over runs, versions, experiments, digests and columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from penstock.core.errors import PenstockError
from penstock.dashboard.found import Found
from penstock.dashboard.pages import data, lineage
from penstock.dashboard.rendering import link
from penstock.dashboard.sources import Source

MOST = 50
_NAMES: Found[str] = Found(lambda each: each.name)
_DIGESTS: Found[tuple[int, str]] = Found(lambda each: (each.number, each.digest))
_DIGEST = re.compile("[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Hit:
    """A page that was found: its kind, its name, its address."""

    kind: str
    name: str
    link: str


def hits(source: Source, text: str) -> list[Hit]:
    """Return the pages whose name contains a text, or whose digest begins with it; at most 50."""
    wanted = text.strip().lower()
    if not wanted:
        return []
    parts = (part(source, wanted) for part in (_runs, _registry, _columns, _files))
    return list(islice(chain.from_iterable(parts), MOST))


def _runs(source: Source, wanted: str) -> Iterator[Hit]:
    for run in source.runs.all():
        if wanted in run.id.lower():
            yield Hit("run", run.id, link("p", source.key, "runs", run.id))
        if run.pushed_version is not None and wanted in (str(run.pushed_version), f"version {run.pushed_version}"):
            yield Hit("version", f"version {run.pushed_version}", _version(source, run.pushed_version))


def _registry(source: Source, wanted: str) -> list[Hit]:
    found: list[Hit] = []
    try:
        with source.registry() as registry:
            model = source.model(registry) if registry else None
            if registry is None or model is None:
                return []
            for name in _NAMES.of(source, model, lambda part: registry.experiments(part, model_id=model.id)):
                if len(found) < MOST and wanted in name.lower():
                    found.append(Hit("experiment", name, link("p", source.key, "experiments", name)))
            if _DIGEST.fullmatch(wanted):
                for number, digest in _DIGESTS.of(source, model, lambda part: registry.versions(model.id, part)):
                    if digest.startswith(wanted):
                        found.append(Hit("version", f"version {number}", _version(source, number)))
    except PenstockError:  # what the store has is found without the registry
        return found
    return found


def _columns(source: Source, wanted: str) -> list[Hit]:
    names = [name for name in data.names(source) if wanted in name.lower()]
    return [Hit("column", name, link("p", source.key, "data", name)) for name in names]


def _files(source: Source, wanted: str) -> list[Hit]:
    if not _DIGEST.fullmatch(wanted):
        return []
    uses = lineage.uses_of_file(source, wanted)[:MOST]
    return [Hit("file", use.path, link("p", source.key, "artifacts", use.artifact)) for use in uses]


def _version(source: Source, number: int) -> str:
    return link("p", source.key, "models", number)
