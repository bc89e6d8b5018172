"""The document that Decision writes into a model: the threshold, the quantiles, and which rows they are from."""

from typing import Any, ClassVar

from pydantic import Field

from penstock.core.documents.document import OPTIONAL, Document, Part


class Calibration(Part):
    """The rows that a threshold and quantiles are from.

    Attributes:
        rows: The number of rows.
        source: Where they are from, in words, and what else they decided.
        fitted: Whether they were also used for early stopping or the choice of a model.
    """

    rows: int
    source: str
    fitted: bool


class Policy(Part):
    """The policy of the decision, its threshold, and what the threshold reaches on the rows that decided it.

    Attributes:
        name: `costs`, `precision`, `recall` or `capacity`.
        value: The costs by name, or the value to reach.
        threshold: A row is decided yes if its probability is at least this.
        precision: The precision of the decision; None if nothing is decided yes.
        recall: The recall of the decision.
        share: The share of the rows that are decided yes.
        cost: The mean cost of a row, with costs.
        error: The standard error of the configured value by the rows that decided; 0 with costs.
    """

    name: str
    value: float | dict[str, float]
    threshold: float
    precision: float | None
    recall: float
    share: float
    cost: float | None = Field(**OPTIONAL)
    error: float = 0.0


class SliceQuantile(Part):
    """The quantile of the rows that have a value in the column `by`."""

    value: str | int | float
    quantile: float
    rows: int


class Coverage(Part):
    """What the intervals or sets of classes have their coverage from.

    Attributes:
        share: The share of the labels to cover.
        quantile: The quantile of the nonconformity of all rows: half the width of the intervals, or the largest
            distance of a probability from one.
        by: The column of the slices.
        slices: The slices with a quantile of their own.
        least: The bound that no label is below by the loss, and so no interval; None without one.
    """

    share: float
    quantile: float
    by: str | None = Field(**OPTIONAL)
    least: float | None = Field(**OPTIONAL)
    slices: tuple[SliceQuantile, ...] = ()


class Decision(Document):
    """The decision of a model.

    Attributes:
        task: The task of the model.
        calibration: The rows that decided.
        policy: The policy and its threshold; None without one.
        coverage: The coverage and its quantiles; None without one.
    """

    FILE: ClassVar[str] = "assets.extra/decision.json"
    TITLE: ClassVar[str] = "the decision of a model"

    task: str
    calibration: Calibration
    policy: Policy | None = Field(**OPTIONAL)
    coverage: Coverage | None = Field(**OPTIONAL)

    def variance(self, rows: int) -> float:
        """Return the variance of the coverage over samples of so many rows: that of a Beta distribution."""
        share = self.coverage.share if self.coverage else 0.0
        return share * (1 - share) / (rows + 2)

    def variance_by(self) -> dict[Any, float]:
        """Return the variance of the coverage of each slice with a quantile of its own."""
        return {each.value: self.variance(each.rows) for each in (self.coverage.slices if self.coverage else ())}

    def quantile_by(self) -> dict[Any, float]:
        """Return the quantile of each slice with one of its own."""
        return {each.value: each.quantile for each in (self.coverage.slices if self.coverage else ())}
