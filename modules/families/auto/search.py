"""The family `auto`: every family, then settings of the promising ones, then a mean of the best where that helps.

Models are compared by log loss, or by root mean squared error, on rows that they did not see: robust measures, and the
ones that the families fit. On small tables these rows are the folds of a cross-validation, and a model is the mean of
its folds' models, so that each row teaches some of them.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modules.families.auto import ensemble
from modules.families.auto.candidate import Candidate, Folds, folds_of, one_fold, tried
from modules.families.auto.costs import limit_of, saving_of
from modules.families.auto.selection import Selection, exported, select
from modules.families.deadline import Clock, Deadline
from modules.families.neural.search_space import drawn, mixed
from modules.families.problem import NAMES, Fitted, Problem
from penstock.core.documents.training import Leaderboard, Tried
from penstock.core.errors import NodeError

FAMILIES = ("linear", "trees", "neural")
# The part of the time in which the folds of the first family are to be ready, so that others have their turn.
FIRST_SHARE = 0.4
# What is kept back for the models beyond a small one: a share of the time and some seconds, but no more than a part.
EXPORT_SHARE, EXPORT_SECONDS, MOST_EXPORT = 0.12, 0.6, 0.3
MOST_TRIALS, PATIENCE = 60, 20
# So many settings of a family are drawn at random, and this share of the later ones.
ANY_FIRST, ANY_LATER = 4, 0.4
# Each so many trials a network, where it is not much worse than the best.
NEURAL_TURN, NEAR = 6, 1.05
# A network's graphs are made anew for each fold: seconds, and seconds per value of the table for the fewest passes that
# are of use. It takes no more than a share of what is left, so that there is time to tune.
NETWORK_SECONDS, NETWORK_VALUE_SECONDS, NETWORK_SHARE = 1.4, 4e-6, 0.75


class Search:
    """The models that were tried, and the time that is left."""

    def __init__(self, problem: Problem, settings: Mapping[str, Any], clock: Clock = time.monotonic) -> None:
        """Start the clock."""
        self.started = clock()
        self.rows = len(problem.train[1]) + len(problem.validation[1])
        self.limit = settings["time_limit"] or limit_of(self.rows, problem.columns, problem.classes)
        self.saving = saving_of(problem.columns)
        self.usable = max(self.limit - self.saving, 0.0)
        self.kept = min(self.usable * EXPORT_SHARE + EXPORT_SECONDS, self.usable * MOST_EXPORT)
        self.deadline = Deadline(self.started + self.usable - self.kept, clock)
        self.problem, self.settings = problem, {**settings}
        self.folds: Folds = folds_of(problem, settings)
        self.found: list[Candidate] = []
        self.left_out: dict[str, str] = {}
        self.cut = ""

    @property
    def best(self) -> Candidate:
        """The best model so far."""
        return min(self.found, key=lambda candidate: candidate.loss)

    def run(self) -> None:
        """Find models until the time is over.

        Raises:
            NodeError: The time is too short for the smallest model.
        """
        self.try_families()
        self.reserve()
        self.tune()

    def left(self) -> float:
        """Return the seconds that are left to fit in."""
        return self.deadline.left()

    def try_families(self) -> None:
        """Fit each family with its own settings, the cheapest first.

        Raises:
            NodeError: A limit was configured, and there is no time for the cheapest.
        """
        self._try_first()
        for family in FAMILIES[1:]:
            needed, share = self._needed(family), NETWORK_SHARE if family == "neural" else 1.0
            if needed and needed > self.left() * share:
                self.left_out[family] = f"needs about {needed:.0f} s"
            elif self.left() <= 0 or self._try(family, {}, share) is None:
                self.left_out[family] = "was not ready in time"

    def _try_first(self) -> None:
        """Fit the cheapest family: on every fold, or where that would take too long on one, whatever it takes."""
        if self._try(FAMILIES[0], {}, FIRST_SHARE) is None:
            self.cut = f"one split in place of {len(self.folds.problems)} folds"
            self.folds = one_fold(self.problem, self.settings)
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

    def reserve(self) -> None:
        """Keep back the time to export every fold of each family that is near the best, if that is no large part."""
        near = [one for one in self.found if one.loss <= NEAR * self.best.loss]
        needed = sum(one.export_seconds(len(one.models)) for one in near)
        kept = min(max(self.kept, needed), self.usable * MOST_EXPORT)
        self.deadline = self.deadline.moved(self.deadline.at - (kept - self.kept))
        self.kept = kept

    def tune(self) -> None:
        """Try other settings, until the time or what there is to gain has run out."""
        draw = np.random.default_rng(self.settings["seed"])
        since = 0
        for number in range(MOST_TRIALS):
            family = "neural" if number % NEURAL_TURN == NEURAL_TURN - 1 else "trees"
            known = [candidate for candidate in self.found if candidate.family == family]
            own = self._next(family, known, draw)
            if since >= PATIENCE or self.left() <= 0:
                break
            if not known:
                continue
            near = min(candidate.loss for candidate in known) <= NEAR * self.best.loss
            if not near or np.mean([candidate.seconds for candidate in known]) > self.left():
                continue
            before = self.best.loss
            self._try(family, own)
            since = 0 if self.best.loss < before * (1 - ensemble.LEAST_GAIN) else since + 1

    def _next(self, family: str, known: Sequence[Candidate], draw: np.random.Generator) -> dict[str, Any]:
        """Return the settings to try next: at first any, then every other time some of the best one's."""
        fresh = drawn(family, draw, self.rows)
        tuned = [candidate for candidate in known if candidate.settings]
        if len(tuned) < ANY_FIRST or draw.random() < ANY_LATER:
            return fresh
        return mixed(fresh, min(tuned, key=lambda candidate: candidate.loss).settings, draw)

    def _try(self, family: str, own: dict[str, Any], share: float = 1.0) -> Candidate | None:
        """Return a candidate, which counts as found from now on; None where a share of the time left is too short."""
        best = self.best.losses if own else []
        limits = (self.deadline.moved(self.deadline.at - (1 - share) * self.left()), best)
        candidate = tried(family, self.folds, self.settings, own, limits)
        if candidate is not None:
            self.found.append(candidate)
        return candidate

    def _needed(self, family: str) -> float:
        """Return about how many seconds a family needs at least."""
        if family != "neural":
            return 0.0
        values = self.rows * len(self.folds.problems[0].columns.names)
        return len(self.folds.problems) * (NETWORK_SECONDS + NETWORK_VALUE_SECONDS * values)


def fit(problem: Problem, settings: Mapping[str, Any], clock: Clock = time.monotonic) -> Fitted:
    """Return the best model, or a mean of the best, that is found in the time; its report holds the leaderboard.

    Args:
        problem: Columns, task and rows.
        settings: Those of all families, and `time_limit`.
        clock: Gives the time in seconds.

    Raises:
        NodeError: The time is too short for the smallest model.
    """
    search = Search(problem, settings, clock)
    search.run()
    # From here on no clock decides: what is chosen is measured, and exported whatever time that takes.
    selection = select(search.found, search.folds, search.kept)
    model = exported(search.found, selection)
    best = search.best.models[0]
    return Fitted(model, getattr(best, "curves", []), {"leaderboard": _leaderboard(search, selection)})


def _leaderboard(search: Search, selection: Selection) -> Leaderboard:
    """Return what was tried, the best first."""
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
        for place, candidate in enumerate(search.found)
    ]
    parts = len(folds.problems)
    return Leaderboard(
        metric=NAMES[folds.problems[0].task],
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
