"""Columns that may leak the label though no single score shows it: reported with the evidence, and kept.

Four kinds of evidence. A column goes with a leak that was found: within a class of the label (or a range of a
number) their ranks are correlated, which the label alone does not explain; or both are missing in the same rows.
A column is known only after the label: its times are later than the first time of the row in nearly all rows; or it
has values almost only in the rows of one class. Two columns together determine the label (`penstock.proposal.pairs`).
Or its name says that it was written when the outcome was known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.core.text import shorten
from penstock.proposal.pairs import pairs
from penstock.proposal.profile import ColumnProfile
from penstock.proposal.roles import Choice, words_of
from penstock.proposal.scores import Parts, Target, ranges

# ruff: noqa: SIM905  Words are easier to read without a quote on each side.
# The least correlation with a leak, the least agreement in what is missing, and the share of rows with a later time.
_CORRELATED, _SAME_ROWS, _LATER = 0.5, 0.99, 0.99
_LEAST_ROWS, _LEAST_OF_GROUP = 50, 100
# With values in one class only: the least share of the values in it, and by how much more than its share of all rows.
_PURE, _MORE = 0.99, 0.05
_RANGES = 20
_FIRST_WORDS = frozenset(
    "application applied arrival begin created creation opened order ordered pickup registered request start".split()
)
_AFTER_WORDS = frozenset(
    (
        "cancellation cancelled canceled chargeback closed closure collected collection completed completion discharge "
        "discharged outcome recovered recoveries recovery refund refunded rejected resolution resolved result returned "
        "settled settlement terminated termination"
    ).split()
)


@dataclass(frozen=True)
class Suspect:
    """A column that may leak the label, and why."""

    column: str
    reason: str

    @property
    def words(self) -> str:
        """A warning, one sentence."""
        return f"{_named(self.column)} may leak the label: {self.reason}; it is kept. Is it known when predicting?"


def suspects(
    parts: Parts, label: Target, choices: Sequence[Choice], profiles: Mapping[str, ColumnProfile]
) -> tuple[Suspect, ...]:
    """Return the suspects among the features, at most one for each column, in their order.

    Args:
        parts: The values of features and leaks, with one row for each of the label.
        label: The label.
        choices: The choices; a leak has a score, a feature a role.
        profiles: The profile of each column.
    """
    leaks = [choice.column for choice in choices if choice.score is not None]
    features = [choice.column for choice in choices if choice.role and choice.score is None]
    if label.known.sum() < _LEAST_ROWS:
        return ()
    reasons: dict[str, str] = {}
    for found in (
        _with_leaks(parts, label, leaks, features),
        _later(parts, features, profiles),
        _of_one_class(parts, label, features, profiles),
        pairs(parts, label, features),
        _by_name(features),
    ):
        for column, reason in found:
            reasons.setdefault(column, reason)
    return tuple(Suspect(column, reasons[column]) for column in features if column in reasons)


def _with_leaks(
    parts: Parts, label: Target, leaks: Sequence[str], features: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield the features that go with a leak beyond what the label explains."""
    groups = _groups(label)
    for leak in leaks:
        for values, _ in parts.get(leak, ()):
            rows = np.isfinite(values) & label.known
            for column in features:
                for other, is_category in parts.get(column, ()):
                    if _missing_in_same_rows(values, other, label.known):
                        yield column, f"it is missing in the same rows as {_named(leak)}, which leaks it"
                    found = _within((values, other), rows & np.isfinite(other), groups, label, is_category=is_category)
                    if abs(found) >= _CORRELATED:
                        what = f"its correlation with {_named(leak)}, which leaks it, is {found:.2f}"
                        yield (
                            column,
                            f"{what} within a {'range' if label.task == 'regression' else 'class'} of the label",
                        )


def _groups(label: Target) -> np.ndarray:
    """Return the class of each row, or the range of its number."""
    if label.task != "regression":
        return label.values.astype(np.int64)
    known = label.values[label.known]
    return ranges(label.values, known, int(np.clip(len(known) // (2 * _LEAST_OF_GROUP), 1, _RANGES)))


def _within(
    pair: tuple[np.ndarray, np.ndarray], rows: np.ndarray, groups: np.ndarray, label: Target, *, is_category: bool
) -> float:
    """Return the correlation of the ranks of two columns in the group where it is greatest; 0 if all have few rows."""
    found = [0.0]
    for place in np.unique(groups[rows]):
        group = rows & (groups == place)
        if group.sum() >= _LEAST_OF_GROUP:
            one, given = _ranks(pair[0][group]), _ranks(label.values[group])
            second, part = _ranks(pair[1][group]), slice(None)
            if is_category:
                # The other half, so that the means of rare categories do not fit by chance.
                second, part = _category_means(pair[1][group], one), slice(1, None, 2)
            found.append(_correlation(_without(one[part], given[part]), _without(second[part], given[part])))
    return max(found, key=abs)


def _without(ranks: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return what of some ranks a line over the ranks of the label does not explain; in a class it explains nothing."""
    centered = label - label.mean()
    spread = float((centered**2).sum())
    left = ranks - ranks.mean()
    return left - centered * float((left * centered).sum()) / spread if spread else left


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    # A leak that is the label in other words has nothing left but rounding.
    least = 1e-6 * len(one)
    return 0.0 if one.std() < least or other.std() < least else float(np.corrcoef(one, other)[0, 1])


def _category_means(codes: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return the mean rank of each category in the even rows, that of all where these do not have it."""
    places = codes.astype(np.int64)
    width = int(places.max()) + 1
    totals, counts = np.bincount(places[::2], ranks[::2], width), np.bincount(places[::2], minlength=width)
    means = np.where(counts > 0, totals / np.maximum(counts, 1), ranks.mean())
    return np.asarray(means[places])


def _ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), np.float64)


def _missing_in_same_rows(one: np.ndarray, other: np.ndarray, known: np.ndarray) -> bool:
    first, second = np.isnan(one[known]), np.isnan(other[known])
    both = int((first & second).sum())
    either = int((first | second).sum())
    return both >= 10 and not first.all() and both >= _SAME_ROWS * either


def _later(parts: Parts, features: Sequence[str], profiles: Mapping[str, ColumnProfile]) -> Iterator[tuple[str, str]]:
    """Yield the times that are later than the first time of the row.

    That is the time of a column whose name has a word for a beginning, else of the column with the least median.
    """
    times = {name: parts[name][0][0] for name in features if profiles[name].kind == "timestamp" and parts.get(name)}
    known = {name: values for name, values in times.items() if np.isfinite(values).sum() >= _LEAST_ROWS}
    if len(known) < 2:
        return
    first = min(known, key=lambda name: (not words_of(name) & _FIRST_WORDS, float(np.nanmedian(known[name]))))
    for name, values in known.items():
        both = np.isfinite(values) & np.isfinite(known[first])
        later = int((values[both] > known[first][both]).sum())
        if name != first and both.sum() >= _LEAST_ROWS and later >= _LATER * both.sum():
            yield name, f"it is later than {_named(first)} in {later:,} of {int(both.sum()):,} rows"


def _of_one_class(
    parts: Parts, label: Target, features: Sequence[str], profiles: Mapping[str, ColumnProfile]
) -> Iterator[tuple[str, str]]:
    """Yield the columns that have values almost only in the rows of one class."""
    if label.task == "regression":
        return
    classes = label.values[label.known].astype(np.int64)
    shares = np.bincount(classes) / len(classes)
    for name in features:
        if not 0 < profiles[name].missing < 1 or not parts.get(name):
            continue
        present = np.any([np.isfinite(values[label.known]) for values, _ in parts[name]], axis=0)
        for rows, what in ((present, "has values"), (~present, "is missing")):
            if rows.sum() < _LEAST_ROWS:
                continue
            counts = np.bincount(classes[rows], minlength=len(shares))
            place = int(counts.argmax())
            if counts[place] >= _PURE * rows.sum() and counts[place] / rows.sum() > shares[place] + _MORE:
                yield name, f"it {what} in {int(rows.sum()):,} rows, {int(counts[place]):,} of which have one class"
                break


def _by_name(features: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in features:
        found = sorted(words_of(name) & _AFTER_WORDS)
        if found:
            yield name, f"by its name ({found[0]}) it is known after the outcome"


def _named(name: str) -> str:
    return shorten(repr(name), 40)
