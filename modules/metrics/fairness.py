"""What the Evaluator computes of fairness: a rate of the groups of an attribute, and how far two of them differ.

The rule: each pair of groups with enough rows is compared, at a level that is corrected for the number of pairs
(Bonferroni). The model is refused if the interval of one pair excludes the limit, which the observed difference of two
groups alone never decides: the greatest of several differences is above 0 by chance.

Definitions, as in scikit-learn's confusion matrix: selection_rate is the share of rows that are decided yes, (TP +
FP) / all; true_positive_rate is TP / (TP + FN); false_positive_rate is FP / (FP + TN); precision is TP / (TP + FP);
error is the share of wrong predictions. The difference is the greatest rate minus the least, and the ratio the least
by the greatest, as `between_groups` in Fairlearn. The ratio of selection rates with the limit 0.8 is the four-fifths
rule of the Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 (D), 1978.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from modules.metrics.rates import Rate, difference, ratio
from modules.metrics.results import FAIRNESS_DIFFERENCE, FAIRNESS_RATIO, Fair, fairness_name
from modules.metrics.scored import LEVEL, Scored
from penstock.core.errors import DataError
from penstock.core.groups import MOST_GROUPS

Rows = Callable[[str, str], Scored | None]
# Which rows a rate is computed from, and which of them it counts, by label and decision.
_RATES: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "selection_rate": lambda true, yes: (np.ones(len(yes), bool), yes),
    "true_positive_rate": lambda true, yes: (true, yes),
    "false_positive_rate": lambda true, yes: (~true, yes),
    "precision": lambda true, yes: (yes, true),
    "error": lambda true, yes: (np.ones(len(yes), bool), true != yes),
}


@dataclass(frozen=True)
class FairnessComputation:
    """What is computed of a rate by one attribute, or by two attributes together.

    Attributes:
        metric: A rate of `penstock.config.fairness`.
        task: The task.
        attribute: The column, or the name of two columns together.
        edges: The edges of the groups, if the column has numbers.
        crossed: The two columns; None for one column.
        max_difference: The greatest difference that passes.
        min_ratio: The least ratio that passes.
        min_rows: The rows that a rate is computed from, to decide by it.
        level: The confidence level.
        code: A fingerprint of the code of the metrics, for the Evaluator's cache key.
    """

    metric: str
    task: str
    attribute: str
    edges: Sequence[float] | None = None
    crossed: Sequence[str] | None = None
    max_difference: float | None = None
    min_ratio: float | None = None
    min_rows: int = 0
    level: float = LEVEL
    code: str = ""

    @property
    def names(self) -> list[str]:
        """The names of its values."""
        return [fairness_name(self.metric, self.attribute, part) for part in Fair]

    def compared_with(self, model: str, output: str, baseline: str | None) -> list[tuple[str, str]]:
        """Return nothing: the groups of one model are compared with each other."""
        return []

    def values(self, rows: Rows, model: str, output: str, baseline: str | None) -> dict[str, float | np.ndarray]:
        """Return values by name; none if the model has no such output, or is the baseline.

        `names` are the groups [groups], text; `groups` [groups, 6] their rows, the rows that the rate is computed
        from, the rows that it counts, the rate, and its limits; `difference` and `ratio` [5] value, limits, and the
        places of the groups with the greater and the lesser rate, or [0] if fewer than two groups have enough rows;
        `missing` the number of rows without a value; `missed` how far the interval is beyond a limit, at most 0 if it
        is not.
        """
        own = rows(model, output)
        if own is None or model == baseline or any(name not in own.attributes for name in self._columns):
            return {}
        groups, names = self._groups(own.attributes)
        found = self._rates(own, groups, names)
        differences = self._pairs(found, FAIRNESS_DIFFERENCE)
        ratios = self._pairs(found, FAIRNESS_RATIO)
        missed = max((each[0] for each in (*differences, *ratios)), default=0.0)
        parts: dict[Fair, Any] = {
            Fair.NAMES: np.asarray(names, object),
            Fair.GROUPS: np.asarray(
                [(count, each.rows, each.counted, each.value, *each.ends) for count, each in found], np.float64
            ).reshape(-1, 6),
            Fair.DIFFERENCE: _decisive(differences, least=False),
            Fair.RATIO: _decisive(ratios, least=True),
            Fair.MISSING: float((groups == "").sum()),
            Fair.MISSED: float(missed),
        }
        return {fairness_name(self.metric, self.attribute, part): value for part, value in parts.items()}

    @property
    def _columns(self) -> Sequence[str]:
        return self.crossed or (self.attribute,)

    def _groups(self, attributes: Mapping[str, np.ndarray]) -> tuple[np.ndarray, list[str]]:
        """Return the group of each row, empty if a value is missing, and the names of the groups in their order."""
        if not self.crossed:
            groups = attributes[self.attribute]
            names = sorted(set(groups.tolist()) - {""}, key=_order)
            _check_number(len(names), self.attribute)
            return groups, names
        pairs = list(zip(*(attributes[name].tolist() for name in self.crossed), strict=True))
        known = sorted({pair for pair in pairs if all(pair)}, key=lambda pair: [_order(name) for name in pair])
        _check_crossed(len(known), self.attribute)
        of_pair = {pair: ", ".join(map(_in_pair, pair)) for pair in known}
        return np.asarray([of_pair.get(pair, "") for pair in pairs], object), list(of_pair.values())

    def _rates(self, own: Scored, groups: np.ndarray, names: Sequence[str]) -> list[tuple[int, Rate]]:
        """Return the number of rows and the rate of each group."""
        considered, counted = self._masks(own)
        found = []
        for name in names:
            rows = groups == name
            rate = Rate(int((counted & considered & rows).sum()), int((considered & rows).sum()), self.level)
            found.append((int(rows.sum()), rate))
        return found

    def _masks(self, own: Scored) -> tuple[np.ndarray, np.ndarray]:
        if self.task == "multiclass":
            return np.ones(len(own), bool), own.predictions.argmax(axis=1) != own.labels
        # The output of a decision has a second column.
        scores = own.predictions[:, 0] if own.predictions.ndim > 1 else own.predictions
        return _RATES[self.metric](own.labels > 0.5, scores > 0.5)

    def _pairs(self, found: Sequence[tuple[int, Rate]], kind: str) -> list[tuple[float, tuple[float, ...]]]:
        """Return each pair of groups with enough rows: how far its interval is beyond the limit, and its values."""
        enough = [place for place, (_, rate) in enumerate(found) if rate.rows >= max(self.min_rows, 1)]
        pairs = list(combinations(enough, 2))
        level = 1 - (1 - self.level) / max(len(pairs), 1)
        compared: list[tuple[float, tuple[float, ...]]] = []
        for pair in pairs:
            lesser, greater = sorted(pair, key=lambda place: found[place][1].value)
            low, high = (Rate(found[n][1].counted, found[n][1].rows, level) for n in (lesser, greater))
            values = difference(high, low) if kind == FAIRNESS_DIFFERENCE else ratio(low, high)
            compared.append((self._beyond(values, kind), (*values, float(greater), float(lesser))))
        return compared

    def _beyond(self, values: tuple[float, float, float], kind: str) -> float:
        _, low, high = values
        if kind == FAIRNESS_DIFFERENCE:
            return -math.inf if self.max_difference is None else low - self.max_difference
        return -math.inf if self.min_ratio is None else self.min_ratio - high


def _decisive(pairs: Sequence[tuple[float, tuple[float, ...]]], *, least: bool) -> np.ndarray:
    """Return the values of the pair that is furthest beyond the limit, else of the one that differs most."""
    if not pairs:
        return np.empty(0)
    furthest = max(pairs, key=lambda pair: pair[0])
    if furthest[0] > 0:
        return np.asarray(furthest[1])
    known = [pair[1] for pair in pairs if not math.isnan(pair[1][0])] or [pairs[0][1]]
    return np.asarray((min if least else max)(known, key=lambda values: values[0]))


def groups_of(values: Iterable[Any], attribute: str, edges: Sequence[float] | None) -> np.ndarray:
    """Return the name of each row's group, empty if the value is missing; with edges a range of numbers.

    Raises:
        DataError: There are text values with edges, or too many groups.
    """
    names = [_name(value, attribute, edges) for value in values]
    _check_number(len(set(names) - {""}), attribute)
    return np.asarray(names, object)


def _check_number(groups: int, attribute: str) -> None:
    if groups > MOST_GROUPS:
        expected = f"a column of at most {MOST_GROUPS} values"
        remedy = f"write the edges of groups, such as bins = {{ {attribute} = [40] }}, or name another column"
        raise DataError(f"fairness.attributes {attribute}", expected, f"at least {groups}", remedy)


def _check_crossed(groups: int, attribute: str) -> None:
    if groups > MOST_GROUPS:
        remedy = "write fewer edges in fairness.bins, or leave the pair out"
        raise DataError(f"fairness.crossed {attribute}", f"at most {MOST_GROUPS} groups", str(groups), remedy)


def _in_pair(name: str) -> str:
    """Return the name of a group as a part of another name; one that could be two parts is quoted."""
    return repr(name) if ", " in name or name[0] in "'\"" else name


def _name(value: Any, attribute: str, edges: Sequence[float] | None) -> str:
    if value is None or value in (b"", "") or (isinstance(value, float) and math.isnan(value)):
        return ""
    if edges is None:
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, bytes | str):
        expected, received = "numbers in a column with edges", "text in some rows"
        raise DataError(f"fairness.bins {attribute}", expected, received, "leave out its edges")
    # A number with a fraction has 32 bits in an example, so that it equals an edge of 32 bits.
    compared = np.asarray(edges, np.float32 if isinstance(value, float) else np.float64)
    place = int(np.searchsorted(compared, float(value), side="right"))
    shown = [f"{edge:.10g}" for edge in edges]
    if place == 0:
        return f"below {shown[0]}"
    return f"{shown[-1]} or more" if place == len(edges) else f"{shown[place - 1]} to below {shown[place]}"


def _order(name: str) -> tuple[int, float, str]:
    """Return a sort key that puts ranges and numbers first, by size, then text."""
    below = name.startswith("below ")
    try:
        return 0, -math.inf if below else float(name.split()[0]), name
    except (ValueError, IndexError):
        return 1, 0.0, name


def attributes_of(computations: Iterable[Any]) -> dict[str, Sequence[float] | None]:
    """Return the attributes of the computations of fairness with their edges."""
    found = [each for each in computations if isinstance(each, FairnessComputation)]
    # The columns of a pair are attributes by themselves too.
    return {each.attribute: each.edges for each in found if not each.crossed}
