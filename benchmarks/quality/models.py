"""Every model on one split of a table: Penstock's families, scikit-learn's, and the best possible one."""

import json
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

from benchmarks.quality import autogluon, peers, penstock, project
from benchmarks.quality.scores import advantage, scores
from benchmarks.quality.table import Table
from penstock.config.loading import load
from penstock.config.sections import Model
from penstock.core.documents.document import File

BEST = "best possible"
AUTO = "auto"
PEERS = (peers.BASELINE, peers.LINEAR, peers.BOOSTING)
# What `auto` is compared with, row by row.
RIVALS = (peers.BOOSTING, autogluon.AUTOGLUON)
# The first includes TensorFlow's one-time setup; the process time of `trees` has a target.
_ORDER = ("trees", "linear", "neural", AUTO)
_LONGEST_REPORT = 20_000

Entry = dict[str, Any]
Measure = Callable[[], Entry]
Keep = Callable[[np.ndarray], Entry]


def families() -> list[str]:
    """Return the model families that the configuration allows, in the order in which they are measured."""
    known = get_args(Model.model_fields["family"].annotation)
    return [*(name for name in _ORDER if name in known), *(name for name in known if name not in _ORDER)]


@dataclass(frozen=True)
class Asked:
    """What is measured of a table.

    Attributes:
        families: The families, and AutoGluon.
        time_limit: Seconds that `auto` and AutoGluon may take.
        kept: A folder that keeps what AutoGluon answers, if any does.
    """

    families: Sequence[str]
    time_limit: float
    kept: Path | None = None


def measured(table: Table, folder: Path, *, repeat: int, asked: Asked) -> Iterator[Entry]:
    """Yield scores and times of each model as soon as they are known; of one that fails, the error.

    The entries of the peers after `auto` have its advantage over them, with the standard error.

    Args:
        table: The table.
        folder: An empty folder.
        repeat: Decides the splits and the seed.
        asked: The models and their limit.
    """
    wanted, time_limit = asked.families, asked.time_limit
    config = project.lay_out(table, folder, repeat=repeat)
    prepared = penstock.prepare(config)
    train, evaluated = prepared.parts["train"], prepared.parts["eval"]
    same: Entry = {"table": table.name, "task": table.task, "repeat": repeat, "rows": table.rows.num_rows}
    same |= {"columns": len(table.roles), "train_rows": len(train), "eval_rows": len(evaluated)}
    labels = penstock.labels_of(table)

    answered: dict[str, np.ndarray] = {}

    def keep(name: str, answers: np.ndarray) -> Entry:
        """Return the scores, and the advantage of `auto` if it was measured."""
        answered[name] = answers
        found: Entry = {"scores": scores(table.task, labels[evaluated], answers)}
        if name in RIVALS and AUTO in answered:
            found["advantage"] = advantage(table.task, labels[evaluated], answered[AUTO], answers)
        return found

    def family(name: str) -> Entry:
        changed = project.settings(name, time_limit=time_limit)
        settings = load(folder / project.CONFIGURATION, changed, environment={}).model.model_dump()
        return _family(prepared, settings, folder / name, partial(keep, name))

    def peer(name: str) -> Entry:
        frame = table.frame()
        rows = frame.drop(columns=table.label)
        clock = penstock.Clock()
        with clock.time("fit"):
            model = peers.fit(name, table, (rows.iloc[train], labels[train]), seed=repeat)
        score = partial(peers.answers, model, table.task, rows.iloc[evaluated])
        return _entry(partial(keep, name), score(), peers.latency(score, len(evaluated)), clock)

    def other(_: str) -> Entry:
        place = folder / autogluon.AUTOGLUON
        answers, cost = autogluon.measured(table, (train, evaluated), time_limit, place, asked.kept)
        found = {**keep(autogluon.AUTOGLUON, answers), "latency": round(cost["latency"], 2)}
        return {**found, "megabytes": cost["megabytes"], "cpu_seconds": {"fit": round(cost["fit"], 3)}}

    jobs: dict[str, Measure] = {name: partial(family, name) for name in wanted if name in families()}
    jobs |= {name: partial(peer, name) for name in PEERS}
    if autogluon.AUTOGLUON in wanted:
        jobs[autogluon.AUTOGLUON] = partial(other, autogluon.AUTOGLUON)
    if table.truth is not None:
        truth = table.truth[evaluated]
        yield {**same, "model": BEST, "scores": scores(table.task, labels[evaluated], truth)}
    for name, job in jobs.items():
        yield {**same, "model": name, **_tried(job), **_limited(name, time_limit)}


def _limited(name: str, time_limit: float) -> Entry:
    return {"time_limit": time_limit} if name in (AUTO, autogluon.AUTOGLUON) else {}


def _family(prepared: penstock.Prepared, settings: dict[str, Any], folder: Path, keep: Keep) -> Entry:
    clock, report = penstock.fit(prepared, settings, folder)
    clock.seconds |= prepared.clock.seconds
    clock.cpu_seconds |= prepared.clock.cpu_seconds
    answers, cost = penstock.scored(prepared, folder)
    found = {**_entry(keep, answers, cost["latency"], clock), "single": round(cost["single"], 3)}
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {**found, "megabytes": round(size / 1e6, 3), "report": _plain(report)}


def _entry(keep: Keep, answers: np.ndarray, latency: float, clock: penstock.Clock) -> Entry:
    return {
        **keep(answers),
        "latency": round(latency, 2),
        "seconds": {name: round(value, 3) for name, value in clock.seconds.items()},
        "cpu_seconds": {name: round(value, 3) for name, value in clock.cpu_seconds.items()},
    }


def _tried(job: Measure) -> Entry:
    began = time.perf_counter()
    try:
        return job()
    except Exception as error:  # one model that fails must not stop the others
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"[:300], "after": round(time.perf_counter() - began, 1)}


def _plain(report: dict[str, Any]) -> Any:
    """Return a report as JSON holds it; what it cannot hold becomes text, and what is too long is left out."""
    text = json.dumps(report, default=lambda value: value.plain() if isinstance(value, File) else str(value))
    return json.loads(text) if len(text) <= _LONGEST_REPORT else {}
