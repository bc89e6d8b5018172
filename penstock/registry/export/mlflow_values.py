"""What MLflow takes of an experiment: parameters, metrics and tags, within MLflow's limits."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.registry.documents import Experiment, Model, Version, is_number, overall, settings

LONGEST_KEY = 250
LONGEST_PARAMETER = 6_000
# Servers before release 3 take no longer ones.
LONGEST_TAG = 5_000
LONGEST_VERSION_TAG = 5_000
_COMPARED = ("constant", "linear", "baseline")
# MLflow's own rule for keys, without the colon, which a server on Windows does not take.
_FORBIDDEN = re.compile(r"[^\w.\- ]")
# Names that MLflow keeps for itself: the newest version, and versions by their numbers.
_RESERVED = re.compile("latest|v[0-9]+", re.IGNORECASE)
_SINGULAR = {
    "parameters": "parameter",
    "metrics": "metric",
    "tags": "tag",
    "version tags": "version tag",
    "aliases": "alias",
}
_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,255}")


@dataclass
class LeftOut:
    """The names of what MLflow's limits do not let through.

    Attributes:
        names: By kind, the names of what was left out.
        shortened: By kind, the names of what was cut.
    """

    names: dict[str, list[str]] = field(default_factory=dict)
    shortened: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, name: str, *, cut: bool = False) -> None:
        """Note a name."""
        (self.shortened if cut else self.names).setdefault(kind, []).append(name)

    def __str__(self) -> str:
        """Return the counts in one line; empty if everything fits."""
        parts = [("left out", self.names), ("shortened", self.shortened)]
        counts = [
            f"{len(names)} {kind if len(names) > 1 else _SINGULAR[kind]} {word}"
            for word, kinds in parts
            for kind, names in kinds.items()
        ]
        return ", ".join(counts)


def parameters(experiment: Experiment, left: LeftOut) -> dict[str, str]:
    """Return the settings of an experiment that have a value."""
    given = ((key, value) for key, value in settings(experiment.configuration) if value is not None)
    texts = ((_key(name.split("/")), _text(value)) for name, value in given)
    return dict(_fitting(texts, "parameters", LONGEST_PARAMETER, left))


def metrics(experiment: Experiment, left: LeftOut) -> dict[str, float]:
    """Return the metrics over all rows, their intervals, those of the baselines, and those of the slices."""
    found: dict[str, float] = {}
    for key, value in _all_metrics(experiment.evaluations):
        if len(key) > LONGEST_KEY or key in found:
            left.note("metrics", key)
        else:
            found[key] = value
    return found


def run_tags(model: Model, experiment: Experiment, version: Version, left: LeftOut) -> dict[str, str]:
    """Return the tags of the run; MLflow shows those that begin with `mlflow.` in its own places."""
    data, place = experiment.data, experiment.details.get("place") or {}
    texts = {
        "mlflow.runName": experiment.name,
        "mlflow.note.content": experiment.description or version.description,
        "mlflow.user": place.get("user"),
        "mlflow.source.git.commit": "" if experiment.commit == "nogit" else experiment.commit,
        "penstock.model": full_name(model),
        "penstock.experiment": experiment.name,
        "penstock.run": experiment.run,
        "penstock.state": experiment.state,
        "penstock.metric": experiment.metric,
        "penstock.failure": experiment.details.get("failure"),
        "penstock.data.source": data.get("source"),
        "penstock.data.query": data.get("query"),
        "penstock.data.files": _text(data["files"]) if data.get("files") else "",
        **{f"penstock.data.rows.{_segment(split)}": str(count) for split, count in (data.get("rows") or {}).items()},
    }
    return dict(_fitting(((name, str(text or "")) for name, text in texts.items()), "tags", LONGEST_TAG, left))


def version_tags(experiment: Experiment, version: Version, left: LeftOut) -> dict[str, str]:
    """Return the tags of the version: its own, and who it is."""
    texts = {
        **version.tags,
        "penstock.version": str(version.number),
        "penstock.name": experiment.name,
        "penstock.folder": version.folder,
        "penstock.sha256": version.digest,
        "penstock.stage": version.stage,
    }
    return dict(_fitting(texts.items(), "version tags", LONGEST_VERSION_TAG, left))


def aliases(version: Version, left: LeftOut) -> list[str]:
    """Return the aliases of a version that MLflow takes."""
    fitting = {name: bool(_ALIAS.fullmatch(name)) and not _RESERVED.fullmatch(name) for name in version.aliases}
    for name in (name for name, fits in fitting.items() if not fits):
        left.note("aliases", name)
    return [name for name, fits in fitting.items() if fits]


def full_name(model: Model) -> str:
    """Return the name of a model with its project."""
    return f"{model.project}/{model.name}"


def batches(items: Iterable[Mapping[str, Any]], count: int, longest: int) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the items in lists of at most `count`, and of at most `longest` characters as JSON."""
    batch: list[Mapping[str, Any]] = []
    length = 0
    for item in items:
        more = len(json.dumps(item))
        if batch and (len(batch) == count or length + more > longest):
            yield batch
            batch, length = [], 0
        batch.append(item)
        length += more
    if batch:
        yield batch


def _all_metrics(evaluations: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    yield from ((_key([name]), value) for name, value in overall(evaluations).items())
    for part, prefix in (("intervals", "interval"), *((name, name) for name in _COMPARED)):
        yield from _numbers([prefix], evaluations.get(part))
    slices = evaluations.get("slices")
    for name, part in slices.items() if isinstance(slices, Mapping) else ():
        if isinstance(part, Mapping):
            yield from _numbers(["slice", str(name).replace("=", ".", 1)], part.get("metrics"))


def _numbers(prefix: list[str], values: Any) -> Iterator[tuple[str, float]]:
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if is_number(value):
            yield _key([*prefix, str(name)]), float(value)


def _fitting(texts: Iterable[tuple[str, str]], kind: str, longest: int, left: LeftOut) -> Iterator[tuple[str, str]]:
    """Yield what MLflow takes: a key that is too long or taken is left out, a long value is cut."""
    taken: set[str] = set()
    for key, text in texts:
        if not text:
            continue
        if len(key) > LONGEST_KEY or key in taken:
            left.note(kind, key)
            continue
        taken.add(key)
        if len(text) > longest:
            left.note(kind, key, cut=True)
        yield key, text if len(text) <= longest else f"{text[: longest - 3]}..."


def _key(parts: Iterable[str]) -> str:
    """Return a key of parts that a slash separates, with characters that MLflow takes."""
    return "/".join(_segment(part) for part in parts)


def _segment(text: str) -> str:
    shown = _FORBIDDEN.sub("_", text)
    # As in a path, these would be no names.
    return "_" if shown in ("", ".", "..") else shown


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
