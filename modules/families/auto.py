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

from modules.families import ensemble
from modules.families.candidate import Candidate, Folds, folds_of, one_fold, tried
from modules.families.costs import limit_of, saving_of
from modules.families.search_space import drawn, mixed
from modules.losses import NAMES
from modules.problem import Fitted, Problem
from pipeline.errors import NodeError

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

    def __init__(self, problem: Problem, settings: Mapping[str, Any]) -> None:
        """Start the clock."""
        self.started = time.time()
        self.rows = len(problem.train[1]) + len(problem.validation[1])
        self.limit = settings["time_limit"] or limit_of(self.rows, problem.columns, problem.classes)
        self.saving = saving_of(problem.columns)
        usable = max(self.limit - self.saving, 0.0)
        self.kept = min(usable * EXPORT_SHARE + EXPORT_SECONDS, usable * MOST_EXPORT)
        self.deadline = self.started + usable - self.kept
        self.problem, self.settings = problem, {**settings}
        self.folds: Folds = folds_of(problem, settings)
        self.found: list[Candidate] = []
        self.left_out: dict[str, str] = {}

    @property
    def best(self) -> Candidate:
        """The best model so far."""
        return min(self.found, key=lambda candidate: candidate.loss)

    def left(self) -> float:
        """Return the seconds that are left to fit in."""
        return self.deadline - time.time()

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
            self.folds = one_fold(self.problem, self.settings)
            self._try(FAMILIES[0], {}, FIRST_SHARE)
        least = time.time() - self.started + self.saving
        if self.settings["time_limit"] and least > self.limit:
            size = f"{self.rows:,} rows of {len(self.problem.columns.names):,} transformed columns"
            raise NodeError(
                "model.time_limit",
                f"at least {math.ceil(least)} seconds, in which the smallest model is fitted to {size} and saved",
                f"{self.limit:g}",
                "raise it, or leave it out",
            )

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
        limits = (self.deadline - (1 - share) * self.left(), best)
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


def fit(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return the best model, or a mean of the best, that is found in the time; its report holds the leaderboard.

    Args:
        problem: Columns, task and rows.
        settings: Those of all families, and `time_limit`.

    Raises:
        NodeError: The time is too short for the smallest model.
    """
    search = Search(problem, settings)
    search.try_families()
    search.tune()
    # What each of its folds' models costs; one of them is enough, for the loss is that of single models.
    costs = [[model.export_seconds for model in one.models] for one in search.found]
    cheapest = [min(seconds) for seconds in costs]
    weights = ensemble.weights_of([one.scores for one in search.found], search.folds.loss, cheapest, search.kept)
    counts = within(search.kept, {place: costs[place] for place in weights})
    chosen = [(search.found[place], counts[place], weight) for place, weight in weights.items()]
    model = _exported([(one.family, one.models[:count], weight) for one, count, weight in chosen])
    best = search.best.models[0]
    return Fitted(model, getattr(best, "curves", []), {"leaderboard": _leaderboard(search, weights)})


def within(budget: float, costs: Mapping[int, Sequence[float]]) -> dict[int, int]:
    """Return how many of the models of each candidate there is time to export, one of each at the least.

    Args:
        budget: Seconds for all of them.
        costs: The seconds that each model of a candidate takes.
    """
    counts = {place: len(seconds) for place, seconds in costs.items()}
    while sum(sum(seconds[: counts[place]]) for place, seconds in costs.items()) > budget:
        more = [place for place, count in counts.items() if count > 1]
        if not more:
            break
        counts[max(more, key=lambda place: sum(costs[place][: counts[place]]))] -= 1
    return counts


def _exported(chosen: Sequence[tuple[str, Sequence[Any], float]]) -> Any:
    """Return one model: boosters are one forest, whatever their number, and every other model stands by itself.

    Args:
        chosen: Family, models and weight of each candidate, whose models share its weight.
    """
    parts = [(family, model, weight / len(models)) for family, models, weight in chosen for model in models]
    trees = [(model, weight) for family, model, weight in parts if family == "trees"]
    exported = [(model.export(), weight) for family, model, weight in parts if family != "trees"]
    if trees:
        from modules.families.forest import trees_model

        total = sum(weight for _, weight in trees)
        forest = trees_model([model for model, _ in trees], [weight / total for _, weight in trees])
        exported.append((forest, total))
    if len(exported) == 1:
        return exported[0][0]
    from modules.families.ensemble_model import EnsembleModel

    return EnsembleModel([model for model, _ in exported], [weight for _, weight in exported])


def _leaderboard(search: Search, weights: dict[int, float]) -> dict[str, Any]:
    """Return what was tried, the best first, as plain data."""
    folds = search.folds
    entries = [
        {
            "family": candidate.family,
            "settings": candidate.settings,
            "value": candidate.loss,
            "fit_seconds": round(candidate.seconds, 3),
            "row_microseconds": round(candidate.latency * 1e6, 2),
            "weight": weights.get(place, 0.0),
        }
        for place, candidate in enumerate(search.found)
    ]
    mean = sum(search.found[place].scores * weight for place, weight in weights.items())
    parts = len(folds.problems)
    return {
        "metric": NAMES[folds.problems[0].task],
        "value": folds.loss(np.asarray(mean)),
        "rows": len(folds.labels),
        "folds": parts if parts > 1 else 0,
        "time_limit": search.limit,
        "seconds": round(time.time() - search.started, 3),
        "models": sorted(entries, key=lambda entry: float(entry["value"])),
        "left_out": search.left_out,
    }
