"""Rates of groups of rows, with the confidence intervals of a rate, of a difference and of a ratio of two rates.

Methods: of a rate, Wilson: Probable Inference, the Law of Succession, and Statistical Inference, Journal of the
American Statistical Association 22, 1927. Of a difference, Newcombe: Interval Estimation for the Difference Between
Independent Proportions, Statistics in Medicine 17, 1998, method 10. Of a ratio, Donner and Zou: Closed-form
Confidence Intervals for Functions of the Normal Mean and Standard Deviation, Statistical Methods in Medical Research
21, 2012, with Wilson's limits.
"""

import math
from dataclasses import dataclass

from scipy.special import ndtri


@dataclass(frozen=True)
class Rate:
    """A count out of a number of rows, with the interval of the rate at a confidence level."""

    counted: int
    rows: int
    level: float

    @property
    def value(self) -> float:
        """The rate; NaN without rows."""
        return self.counted / self.rows if self.rows else math.nan

    @property
    def ends(self) -> tuple[float, float]:
        """Wilson's limits; 0 and 1 without rows."""
        if not self.rows:
            return 0.0, 1.0
        z = quantile(self.level)
        spread = 1 + z * z / self.rows
        middle = (self.value + z * z / (2 * self.rows)) / spread
        half = z * math.sqrt(self.value * (1 - self.value) / self.rows + (z / (2 * self.rows)) ** 2) / spread
        # Without a count, or with all of them, the limit is exact, and rounding must not move it beyond the rate.
        return (
            0.0 if self.counted == 0 else max(0.0, middle - half),
            1.0 if self.counted == self.rows else min(1.0, middle + half),
        )


def quantile(level: float) -> float:
    """Return the two-sided quantile of the normal distribution at a confidence level."""
    return float(ndtri((1 + level) / 2))


def difference(greater: Rate, lesser: Rate) -> tuple[float, float, float]:
    """Return the difference of two rates and its limits, by Newcombe's method 10."""
    value = greater.value - lesser.value
    (low, high), (other_low, other_high) = greater.ends, lesser.ends
    return (
        value,
        value - math.hypot(greater.value - low, other_high - lesser.value),
        value + math.hypot(high - greater.value, lesser.value - other_low),
    )


def ratio(lesser: Rate, greater: Rate) -> tuple[float, float, float]:
    """Return the ratio of two rates and its limits, by the method of Donner and Zou; NaN if both rates are 0."""
    if not greater.counted:
        return math.nan, 0.0, math.inf
    (low, high), (other_low, other_high) = lesser.ends, greater.ends
    product = lesser.value * greater.value
    # The lower limit is written without the difference of two nearly equal numbers.
    inner = low * (2 * lesser.value - low)
    below = product + math.sqrt(max(product**2 - inner * other_high * (2 * greater.value - other_high), 0.0))
    outer = other_low * (2 * greater.value - other_low)
    above = product + math.sqrt(max(product**2 - high * (2 * lesser.value - high) * outer, 0.0))
    return lesser.value / greater.value, inner / below if below else 0.0, above / outer
