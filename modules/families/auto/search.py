"""The search of `auto`: every family, then settings sampled at random and around the best, then an ensemble.

Candidates are compared by log loss or root mean squared error, which the families minimize, on held-out rows. Small
tables are cross-validated, with as many folds as there is time for. Settings race: see `race`. Method of the ensemble:
see `ensemble`; of the search: random search (Bergstra, Bengio: Random Search for Hyper-Parameter Optimization, JMLR
2012), with uniform crossover with the best settings.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from modules.families.auto import ensemble
from modules.families.auto.candidate import CONSTANT, Candidate, Folds, folds_of, load_libraries
from modules.families.auto.race import Contender
from modules.families.auto.refit import MORE_ROWS, export_seconds, refit_seconds
from modules.families.cost import limit_of
from modules.families.deadline import Clock, Deadline, ProcessorClock, default_time_limit, saving_seconds
from modules.families.neural.search_space import crossover, first_settings, kind_of, sample_settings, used
from modules.families.problem import Problem, given_weights
from modules.families.trees import linear_fitting
from penstock.core.errors import NodeError

FAMILIES = ("linear", "trees", "neural")
# The share of the time for the first fold of the first family, and for that of any other.
FIRST_SHARE, FIRST_FOLD_SHARE = 0.25, 0.35
# The time reserved to export models that take longer than a small one: a share and some seconds, and a maximum share.
EXPORT_SHARE, EXPORT_SECONDS, MAX_EXPORT_SHARE = 0.1, 0.5, 0.3
# The time to export trees that take long to fit, as a share of that of the fit.
EXPORT_RATIO = 0.5
# There is time for as many candidates on all folds, or there are fewer folds; for more of them, where fewer folds hold
# out enough rows to compare them.
LEAST_CANDIDATES, USUAL_CANDIDATES, ENOUGH_HELD_OUT = 4, 8, 2_500
# One race of sampled settings; the number of races, and of those in a row without a gain.
CONTENDERS, KEPT_SHARE, MAX_RACES, PATIENCE = 6, 3, 30, 5
# The share of settings that are sampled at random alone, without those of the best contender.
RANDOM_SHARE = 0.4
# Of an only split, a contender is fitted once, and may take longer than others: there is time for so many times that.
ONLY_SPLIT = 2.0
# Every family is tuned in the first races; later one is, if its loss is at most NEAR_BEST times the best loss.
OPEN_RACES, NEAR_BEST = 1, 1.05
# The first settings of a family may be worse than the best of another by this ratio, in addition to that of a race, if
# the other folds take at most this share of the time left.
FAMILY_RATIO, FAMILY_SHARE = 1.1, 0.15
# The estimated time of a network: seconds per fold to trace its graphs, and seconds per value of the table for the
# fewest useful epochs.
NETWORK_SECONDS, NETWORK_VALUE_SECONDS = 1.4, 4e-6


class Search:
    """The candidates and the time left."""

    def __init__(self, problem: Problem, settings: Mapping[str, Any], clock: Clock | None = None) -> None:
        """Start the clock."""
        clock = clock or ProcessorClock()
        self.started = clock()
        self.rows = len(problem.train[1]) + len(problem.validation[1])
        self.limit = settings["time_limit"] or default_time_limit(self.rows, problem.columns, problem.classes)
        self.saving = saving_seconds(problem.columns)
        self.usable = max(self.limit - self.saving, 0.0)
        self.export_reserve = min(self.usable * EXPORT_SHARE + EXPORT_SECONDS, self.usable * MAX_EXPORT_SHARE)
        self.deadline = Deadline(self.started + self.usable - self.export_reserve, clock)
        configured = settings.get("max_row_microseconds"), settings.get("max_megabytes")
        self.cost = limit_of(self.rows, problem.columns, *configured)
        self.problem, self.settings = problem, {**settings}
        self.folds: Folds = folds_of(problem, settings)
        self.all_folds = len(self.folds.problems)
        # The positions of the held-out rows among all rows.
        self.held_out = np.arange(self.rows - len(self.folds.labels), self.rows)
        own = [given_weights(rows) for rows in (problem.train, problem.validation)]
        self._own_weights = None if own[0] is None or own[1] is None else np.concatenate([own[0], own[1]])
        self.contenders: list[Contender] = []
        self.candidates: list[Candidate] = []
        self.left_out: dict[str, str] = {}
        self.cut = ""
        is_linear = linear_fitting.can_be_linear(problem)
        if is_linear and (reason := linear_fitting.refusal(problem, settings)):
            self.left_out["trees with linear leaves"] = reason
            is_linear = False
        self._kinds = {"categories": bool(problem.columns.categories), "linear": is_linear}

    @property
    def best(self) -> Candidate:
        """The candidate with the least loss."""
        return min(self.candidates, key=lambda candidate: candidate.loss)

    @property
    def given_weights(self) -> np.ndarray | None:
        """The weights of the held-out rows, of folds that hold out all rows, without those of their classes."""
        return None if self._own_weights is None else self._own_weights[self.held_out]

    def run(self) -> None:
        """Fit candidates until the deadline.

        Raises:
            NodeError: The time is too short for the smallest model.
        """
        self.try_families()
        self.tune()
        self._name_left_out()
        clock = self.deadline.clock
        if isinstance(clock, ProcessorClock) and clock.is_starved:
            self.cut = "; ".join([*([self.cut] if self.cut else []), "the machine gave this process hardly any time"])

    def left(self) -> float:
        """Return the seconds left for fitting."""
        return self.deadline.left()

    def try_families(self) -> None:
        """Race each family with its first settings, the cheapest first.

        Raises:
            NodeError: The configured limit is too short for the cheapest.
        """
        load_libraries(FAMILIES)
        first = Contender(FAMILIES[0], {})
        self._start(first, FIRST_SHARE)
        self._check_limit()
        simple = Contender(CONSTANT, {})
        self._start(simple, 1.0)
        others = [self._try_family(family) for family in FAMILIES[1:]]
        self._choose_folds([first, *(one for one in others if one)])
        for contender in (simple, first):
            self._complete_required(contender)
        # Each family that is not hopeless gets a place, so that the ensemble has unlike members.
        for other in sorted((one for one in others if one), key=lambda one: one.first_loss):
            is_cheap = other.seconds * (len(self.folds.problems) - 1) <= FAMILY_SHARE * self.left()
            self._complete(other, FAMILY_RATIO if is_cheap else 1.0)
        self._race([Contender(name, own) for name in FAMILIES for own in self._first(name)[1:]])

    def tune(self) -> None:
        """Race other settings until the deadline, or until PATIENCE races in a row bring no gain."""
        rng, races_without_gain = np.random.default_rng(self.settings["seed"]), 0
        for number in range(MAX_RACES):
            contenders = [self._sampled(family, rng) for family in self._raced_families(number)]
            if races_without_gain >= PATIENCE or self.left() <= 0:
                break
            before = self.best.loss
            self._race(contenders)
            has_gain = self.best.loss < before * (1 - ensemble.MIN_GAIN)
            races_without_gain = 0 if has_gain else races_without_gain + 1

    def _try_family(self, family: str) -> Contender | None:
        """Fit the first fold of a family with its configured settings; None if there is no time for it."""
        needed = self._estimated_seconds(family)
        if family == "neural" and self.problem.monotonic:
            self.left_out[family] = "cannot keep monotonic constraints"
            return None
        if family == "neural" and self.settings.get("explain"):
            self.left_out[family] = "cannot be explained exactly"
            return None
        if self.left() <= 0:
            self.left_out[family] = "was not ready in time"
            return None
        if needed > self.left() * FIRST_FOLD_SHARE:
            self.left_out[family] = f"needs about {needed * len(self.folds.problems):.0f} s"
            return None
        contender = Contender(family, self._first(family)[0])
        self._start(contender, FIRST_FOLD_SHARE)
        return contender

    def _check_limit(self) -> None:
        least = self.deadline.now() - self.started + self.saving
        if self.settings["time_limit"] and least > self.limit:
            size = f"{self.rows:,} rows of {len(self.problem.columns.names):,} transformed columns"
            raise NodeError(
                "model.time_limit",
                f"at least {math.ceil(least)} seconds, in which the smallest model is fitted to {size} and saved",
                f"{self.limit:g}",
                "raise it, or leave it out",
            )

    def _choose_folds(self, contenders: Sequence[Contender]) -> None:
        """Keep as many folds as there is time for, so that LEAST_CANDIDATES can be fitted on each."""
        if self.all_folds == 1:
            return
        near = [one for one in contenders if one.first_loss <= NEAR_BEST * min(c.first_loss for c in contenders)]
        seconds = max(one.seconds for one in near)
        # One more fit of each candidate that is selected is to all rows.
        least, usual = (self.left() / (count * max(seconds, 1e-9)) for count in (LEAST_CANDIDATES, USUAL_CANDIDATES))
        enough = math.ceil(ENOUGH_HELD_OUT / self._rows_of_fold())
        count = int(np.clip(max(usual, min(least, enough)), 1, self.all_folds))
        if count < self.all_folds:
            self.cut = f"{count} of {self.all_folds} folds"
            self._keep_folds(count)

    def _rows_of_fold(self) -> float:
        """Return the rows that a fold holds out; of uneven classes fewer."""
        labels = self.folds.labels
        balance = 1.0
        if self.problem.task != "regression":
            shares = np.unique(labels, return_counts=True)[1] / len(labels)
            # The variance of the classes, as a share of that of two with the same number of rows.
            balance = min(float(2 * (1 - shares @ shares)), 1.0)
        return max(balance * len(labels) / self.all_folds, 1.0)

    def _race(self, contenders: Sequence[Contender]) -> None:
        """Fit each contender a first time, and the best of them on every fold."""
        contenders = contenders[: self._affordable(contenders)]
        started = [one for place, one in enumerate(contenders) if self._start(one, 1 / (len(contenders) - place + 1))]
        ranked = sorted(started, key=lambda one: one.first_loss)
        count = -(-len(ranked) // KEPT_SHARE)
        for place, contender in enumerate(ranked):
            # Those that are fitted on every fold already, because there is one, cost nothing more.
            if contender.first_loss <= self._near_best and (place < count or contender.is_fitted(self.folds)):
                self._complete(contender)

    def _affordable(self, contenders: Sequence[Contender]) -> int:
        """Return how many contenders there is time to start, so that there is time to complete the best of them."""
        families = {one.family for one in contenders}
        known = [one.first_seconds for one in self.contenders if one.family in families and one.first_seconds]
        if not known:
            return len(contenders)
        folds = ONLY_SPLIT if self.all_folds == 1 else 1 + (len(self.folds.problems) - 1) / KEPT_SHARE
        return int(np.clip(self.left() / (float(np.mean(known)) * folds), 0, len(contenders)))

    def _start(self, contender: Contender, share: float) -> bool:
        """Fit a contender a first time, within a share of the time left; return whether there was time."""
        known = [one.first_seconds for one in self.contenders if one.family == contender.family]
        if self.contenders and (self.left() <= 0 or (known and min(known) > self.left())):
            return False
        deadline = self.deadline.moved(self.deadline.at - (1 - share) * self.left())
        if len(self.folds.problems) == 1 < self.all_folds:
            # No other fold follows, but a fit to all rows and its export.
            most = (self.left() + self.export_reserve) / (1 + MORE_ROWS + EXPORT_RATIO)
            deadline = deadline.moved(min(deadline.at, deadline.now() + most))
        contender.start(self.folds, self.settings, deadline)
        self.contenders.append(contender)
        return True

    def _complete(self, contender: Contender, ratio: float = 1.0) -> Candidate | None:
        """Fit a contender on every fold, so that there is time to fit it to all rows; None if it is late or worse."""
        deadline = self.deadline.moved(self.deadline.at - self._missing_reserve(contender))
        best = [loss * ratio for loss in self.best.losses]
        candidate = contender.complete(self.folds, self.settings, deadline, best)
        if candidate is not None:
            self.candidates.append(candidate)
        return candidate

    def _complete_required(self, contender: Contender) -> None:
        """Fit a contender on every fold, or keep its first fold alone if there is no time for the others."""
        candidate = contender.complete(self.folds, self.settings, self.deadline)
        if candidate is None:
            self._keep_one_fold()
            candidate = contender.complete(self.folds, self.settings, self.deadline, is_required=True)
        assert candidate is not None  # noqa: S101  for the type checker
        self.candidates.append(candidate)

    def _keep_one_fold(self) -> None:
        """Go on with the first fold alone, because there is no time for more."""
        self._keep_folds(1)
        self.cut = f"1 of {self.all_folds} folds" if self.all_folds > 1 else ""

    def _keep_folds(self, count: int) -> None:
        self.folds, rows = self.folds.first(count)
        self.held_out = self.held_out[rows]
        self.candidates = [one.first(self.folds, rows) for one in self.candidates]

    def _missing_reserve(self, contender: Contender) -> float:
        """Return the time by which the reserve is too short to fit the contender to all rows and to export it.

        The model of an only fold can be exported as it is.
        """
        if not contender.models:
            return 0.0
        needed = export_seconds(contender) if len(self.folds.problems) == 1 else refit_seconds(contender)
        return max(0.0, needed - self.export_reserve)

    def _name_left_out(self) -> None:
        """Note the families none of whose settings was fitted on every fold."""
        for family in FAMILIES:
            mine = [one.first_loss for one in self.contenders if one.family == family]
            if not mine or any(one.family == family for one in self.candidates):
                continue
            words = "was not ready in time"
            if min(mine) > self.best.losses[0]:
                words = f"had a loss of {min(mine):.4g} in the first fit, against {self.best.losses[0]:.4g}"
            self.left_out.setdefault(family, words)

    def _first(self, family: str) -> list[dict[str, Any]]:
        columns = len(self.problem.columns.numbers) + len(self.problem.columns.categories)
        return first_settings(family, self.rows, columns=columns, **self._kinds)

    def _sampled(self, family: str, rng: np.random.Generator) -> Contender:
        """Return the settings to try next: sampled at random, or crossed over with those of the best contender."""
        sampled = sample_settings(family, rng, self.rows, **self._kinds)
        mine = [one for one in self.contenders if one.family == family]
        settings = used(sampled, without=self._hopeless(sampled))
        if mine and rng.random() >= RANDOM_SHARE:
            crossed = crossover(sampled, min(mine, key=lambda one: one.first_loss).settings, rng)
            crossed = used(crossed, without=self._hopeless(crossed))
            # The child of a few settings may be like its parent.
            settings = settings if any(one.settings == crossed for one in mine) else crossed
        return Contender(family, settings)

    def _hopeless(self, settings: Mapping[str, Any]) -> Collection[str]:
        """Return the parameters to leave out of settings of trees of a kind that lost on the rows of an only split."""
        trees = [one for one in self.contenders if one.family == "trees"]
        alike = [one.first_loss for one in trees if kind_of(one.settings) == kind_of(settings)]
        if self.all_folds > 1 or not alike:
            return ()
        best = min(trees, key=lambda one: one.first_loss)
        return kind_of(settings) - kind_of(best.settings) if min(alike) > NEAR_BEST * best.first_loss else ()

    def _raced_families(self, race: int) -> list[str]:
        """Return the families of the contenders of a race; there may be time for the first of them alone."""
        if not self._tunes_networks(race):
            return ["trees"] * (CONTENDERS - 1)
        first = min(self.contenders, key=lambda one: one.first_loss).family
        if first == "neural":
            return ["neural", "trees" if self._is_near("trees") else "neural"] * (CONTENDERS // 2)
        return ["trees", "neural", *["trees"] * (CONTENDERS - 2)]

    def _tunes_networks(self, race: int) -> bool:
        """Say whether a race has a network: the first races if there is time, later ones if one is near the best."""
        mine = [one for one in self.contenders if one.family == "neural"]
        if not mine or min(one.first_seconds for one in mine) > self.left() * FIRST_FOLD_SHARE:
            return False
        return race < OPEN_RACES or self._is_near("neural")

    def _is_near(self, family: str) -> bool:
        """Say whether the least loss of a family is at most NEAR_BEST times that of all."""
        mine = (one.first_loss for one in self.contenders if one.family == family)
        return min(mine, default=np.inf) <= self._near_best

    @property
    def _near_best(self) -> float:
        """The greatest loss of a first fit that is near the least one."""
        return NEAR_BEST * min(one.first_loss for one in self.contenders)

    def _estimated_seconds(self, family: str) -> float:
        """Return the estimated least time of a family on one fold, in seconds."""
        if family != "neural":
            return 0.0
        return NETWORK_SECONDS + NETWORK_VALUE_SECONDS * self.rows * len(self.problem.columns.names)
