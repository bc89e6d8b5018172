"""The search of `auto`: every family, then settings sampled at random and around the best, then an ensemble.

Candidates are compared by log loss or root mean squared error, which the families minimize, on held-out rows. Small
tables are cross-validated, and a candidate is then the mean of the models of its folds, so that every row is used for
training. Method of the ensemble: see `ensemble`; of the search: random search (Bergstra, Bengio: Random Search for
Hyper-Parameter Optimization, JMLR 2012), with uniform crossover with the best settings.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modules.families.auto import ensemble
from modules.families.auto.candidate import Candidate, Folds, fit_candidate, folds_of, single_split
from modules.families.auto.held_out import held_out_of
from modules.families.auto.selection import Selection, export_selection, select
from modules.families.deadline import Clock, Deadline, default_time_limit, saving_seconds
from modules.families.neural.search_space import crossover, sample_settings
from modules.families.problem import LOSS_NAMES, Fitted, Problem
from penstock.core.documents.training import Leaderboard, Tried
from penstock.core.errors import NodeError

FAMILIES = ("linear", "trees", "neural")
# The share of the time for all folds of the first family, so that the other families get some.
FIRST_SHARE = 0.4
# The time reserved to export models that take longer than a small one: a share and some seconds, and a maximum share.
EXPORT_SHARE, EXPORT_SECONDS, MAX_EXPORT_SHARE = 0.12, 0.6, 0.3
MAX_TRIALS, PATIENCE = 60, 20
# The first trials of a family are sampled at random, and this share of the later ones.
RANDOM_TRIALS, RANDOM_SHARE = 4, 0.4
# One in this many trials is a network, if the loss of networks is at most NEAR_BEST times the best loss.
NETWORK_EVERY, NEAR_BEST = 6, 1.05
# The estimated time of a network: seconds per fold to trace its graphs, and seconds per value of the table for the
# fewest useful epochs. It gets at most a share of the time left, so that there is time to tune.
NETWORK_SECONDS, NETWORK_VALUE_SECONDS, NETWORK_SHARE = 1.4, 4e-6, 0.75


class Search:
    """The candidates and the time left."""

    def __init__(self, problem: Problem, settings: Mapping[str, Any], clock: Clock = time.monotonic) -> None:
        """Start the clock."""
        self.started = clock()
        self.rows = len(problem.train[1]) + len(problem.validation[1])
        self.limit = settings["time_limit"] or default_time_limit(self.rows, problem.columns, problem.classes)
        self.saving = saving_seconds(problem.columns)
        self.usable = max(self.limit - self.saving, 0.0)
        self.export_reserve = min(self.usable * EXPORT_SHARE + EXPORT_SECONDS, self.usable * MAX_EXPORT_SHARE)
        self.deadline = Deadline(self.started + self.usable - self.export_reserve, clock)
        self.problem, self.settings = problem, {**settings}
        self.folds: Folds = folds_of(problem, settings)
        self.candidates: list[Candidate] = []
        self.left_out: dict[str, str] = {}
        self.cut = ""

    @property
    def best(self) -> Candidate:
        """The candidate with the least loss."""
        return min(self.candidates, key=lambda candidate: candidate.loss)

    def run(self) -> None:
        """Fit candidates until the deadline.

        Raises:
            NodeError: The time is too short for the smallest model.
        """
        self.try_families()
        self.reserve_export()
        self.tune()

    def left(self) -> float:
        """Return the seconds left for fitting."""
        return self.deadline.left()

    def try_families(self) -> None:
        """Fit each family with its default settings, the cheapest first.

        Raises:
            NodeError: The configured limit is too short for the cheapest.
        """
        self._try_first()
        for family in FAMILIES[1:]:
            if family == "neural" and self.problem.monotonic:
                self.left_out[family] = "cannot keep monotonic constraints"
                continue
            needed, share = self._estimated_seconds(family), NETWORK_SHARE if family == "neural" else 1.0
            if needed and needed > self.left() * share:
                self.left_out[family] = f"needs about {needed:.0f} s"
            elif self.left() <= 0 or self._try(family, {}, share) is None:
                self.left_out[family] = "was not ready in time"

    def _try_first(self) -> None:
        """Fit the cheapest family on every fold, or on a single split if that would take too long."""
        if self._try(FAMILIES[0], {}, FIRST_SHARE) is None:
            self.cut = f"one split in place of {len(self.folds.problems)} folds"
            self.folds = single_split(self.problem, self.settings)
            self._try(FAMILIES[0], {}, FIRST_SHARE)
        least = self.deadline.now() - self.started + self.saving
        if self.settings["time_limit"] and least > self.limit:
            size = f"{self.rows:,} rows of {len(self.problem.columns.names):,} transformed columns"
            raise NodeError(
                "model.time_limit",
                f"at least {math.ceil(least)} seconds, in which the smallest model is fitted to {size} and saved",
                f"{self.limit:g}",
                "raise it, or leave it out",
            )

    def reserve_export(self) -> None:
        """Reserve the time to export every fold of each family that is near the best, up to MAX_EXPORT_SHARE."""
        near = [one for one in self.candidates if one.loss <= NEAR_BEST * self.best.loss]
        needed = sum(one.export_seconds(len(one.models)) for one in near)
        reserve = min(max(self.export_reserve, needed), self.usable * MAX_EXPORT_SHARE)
        self.deadline = self.deadline.moved(self.deadline.at - (reserve - self.export_reserve))
        self.export_reserve = reserve

    def tune(self) -> None:
        """Try other settings until the deadline, or until PATIENCE trials in a row bring no gain."""
        rng = np.random.default_rng(self.settings["seed"])
        trials_without_gain = 0
        for number in range(MAX_TRIALS):
            family = "neural" if number % NETWORK_EVERY == NETWORK_EVERY - 1 else "trees"
            fitted = [candidate for candidate in self.candidates if candidate.family == family]
            own = self._next(family, fitted, rng)
            if trials_without_gain >= PATIENCE or self.left() <= 0:
                break
            if not fitted:
                continue
            near = min(candidate.loss for candidate in fitted) <= NEAR_BEST * self.best.loss
            if not near or np.mean([candidate.seconds for candidate in fitted]) > self.left():
                continue
            before = self.best.loss
            self._try(family, own)
            has_gain = self.best.loss < before * (1 - ensemble.MIN_GAIN)
            trials_without_gain = 0 if has_gain else trials_without_gain + 1

    def _next(self, family: str, fitted: Sequence[Candidate], rng: np.random.Generator) -> dict[str, Any]:
        """Return the settings to try next: sampled at random, or crossed over with those of the best candidate."""
        sampled = sample_settings(family, rng, self.rows)
        tuned = [candidate for candidate in fitted if candidate.settings]
        if len(tuned) < RANDOM_TRIALS or rng.random() < RANDOM_SHARE:
            return sampled
        return crossover(sampled, min(tuned, key=lambda candidate: candidate.loss).settings, rng)

    def _try(self, family: str, own: dict[str, Any], share: float = 1.0) -> Candidate | None:
        """Fit, add and return a candidate; None if a share of the time left is too short."""
        best = self.best.losses if own else []
        limits = (self.deadline.moved(self.deadline.at - (1 - share) * self.left()), best)
        candidate = fit_candidate(family, self.folds, self.settings, own, limits)
        if candidate is not None:
            self.candidates.append(candidate)
        return candidate

    def _estimated_seconds(self, family: str) -> float:
        """Return the estimated least time of a family, in seconds."""
        if family != "neural":
            return 0.0
        values = self.rows * len(self.folds.problems[0].columns.names)
        return len(self.folds.problems) * (NETWORK_SECONDS + NETWORK_VALUE_SECONDS * values)


def fit(problem: Problem, settings: Mapping[str, Any], clock: Clock = time.monotonic) -> Fitted:
    """Return the best model or ensemble found within the time limit; its report has the leaderboard.

    Args:
        problem: Columns, task and rows.
        settings: The settings of all families, and `time_limit`.
        clock: Returns the time in seconds.

    Raises:
        NodeError: The time is too short for the smallest model.
    """
    search = Search(problem, settings, clock)
    search.run()
    # From here on the clock decides nothing: the selection is exported, however long that takes.
    selection = select(search.candidates, search.folds, search.export_reserve)
    model = export_selection(search.candidates, selection)
    best = search.best.models[0]
    held_out = held_out_of(search.candidates, selection, search.folds)
    return Fitted(model, getattr(best, "curves", []), {"leaderboard": _leaderboard(search, selection)}, held_out)


def _leaderboard(search: Search, selection: Selection) -> Leaderboard:
    """Return all candidates, the best first."""
    folds = search.folds
    entries = [
        Tried(
            family=candidate.family,
            settings=candidate.settings,
            value=candidate.loss,
            fit_seconds=round(candidate.seconds, 3),
            row_microseconds=round(candidate.latency * 1e6, 2),
            weight=selection.weights.get(place, 0.0),
            cut=candidate.cut,
        )
        for place, candidate in enumerate(search.candidates)
    ]
    parts = len(folds.problems)
    return Leaderboard(
        metric=LOSS_NAMES[folds.problems[0].task],
        value=selection.value,
        rows=len(folds.labels),
        folds=parts if parts > 1 else 0,
        exported_folds=selection.folds if parts > 1 else 0,
        exported_rows=selection.rows,
        time_limit=search.limit,
        seconds=round(search.deadline.now() - search.started, 3),
        models=tuple(sorted(entries, key=lambda entry: entry.value)),
        left_out=search.left_out,
        cut=search.cut,
    )
