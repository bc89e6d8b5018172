"""The kinds of figures that the Evaluator computes, and the names under which they stand in its files.

TFMA files each value under a text. It is composed here from metric, kind and what the figure is compared with, and
nothing takes such a text apart: who looks for a value composes its name again.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a figure is."""

    ROWS = "rows"  # how many rows there are, and how many outside of the most frequent class
    VALUE = "value"  # a metric
    GAIN = "gain"  # by how much a metric is better than that of another output, or of the BASELINE
    WORSE = "worse"  # how far a loss against the baseline lies beyond its interval
    MISSED = "missed"  # by how much a bound on the slices of a column is missed
    TABLE = "table"


ROWS = "example_count"
# The rows outside of the most frequent class; none of a regression.
RARER = "rarer_count"
BASELINE = "baseline"

CONFUSION = "confusion"
RELIABILITY = "reliability"
RESIDUALS = "residuals"
RESIDUAL_SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

_NAMES = {Kind.GAIN: "{metric}/over_{against}", Kind.WORSE: "{metric}/worse", Kind.MISSED: "{metric}/missed/{against}"}


def name_of(metric: str, kind: Kind = Kind.VALUE, against: str = "") -> str:
    """Return the name of a figure.

    Args:
        metric: A metric, ROWS, or a table.
        kind: What it is.
        against: Of a gain, what it is over; of a missed bound, the column whose slices it binds.
    """
    return _NAMES.get(kind, "{metric}").format(metric=metric, against=against)


def interval_of(name: str) -> str:
    """Return the name of half the width of a figure's interval."""
    return f"{name}/interval"
