"""The section `[fairness]` of `pipeline.toml`: how far a rate may differ between the groups of an attribute."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from penstock.config.data import Section, WrongValue
from penstock.core.text import did_you_mean

# The rates of a binary decision; those of other tasks have only the last.
Rate = Literal["selection_rate", "true_positive_rate", "false_positive_rate", "precision", "error"]
RATES: tuple[str, ...] = get_args(Rate)
_OF_CLASSES = ("error",)


class Limits(Section):
    """The limits of one rate, in place of the common ones."""

    max_difference: float | None = Field(None, ge=0, lt=1, description="greatest difference of this rate")
    min_ratio: float | None = Field(None, gt=0, le=1, description="least ratio of this rate")


class Fairness(Section):
    """`[fairness]`: a limit on the difference of a rate between the groups of an attribute, which gates a model."""

    attributes: tuple[str, ...] = Field(
        min_length=1, description="columns whose values are the groups; they need not be features"
    )
    crossed: tuple[tuple[str, str], ...] = Field(
        (), description='pairs of attributes whose values together are groups too, such as `[["sex", "age"]]`'
    )
    metric: tuple[Rate, ...] = Field(description="the rate that is compared between the groups, or a list of rates")
    max_difference: float | None = Field(
        None, ge=0, lt=1, description="greatest difference of the rate between two groups"
    )
    min_ratio: float | None = Field(
        None, gt=0, le=1, description="least ratio of the lesser to the greater rate of two groups, such as 0.8"
    )
    limits: dict[Rate, Limits] = Field(
        default_factory=dict, description="`rate = { max_difference, min_ratio }`: the limits of one of several rates"
    )
    min_rows: int = Field(30, ge=10, description="rows that the rate of a group is computed from, to decide by it")
    bins: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="`column = [edges]`: the groups of a column of numbers, such as `age = [40]`"
    )

    @field_validator("metric", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """Return one rate as a list of one."""
        rates = [given] if isinstance(given, str) else given
        if not isinstance(rates, list | tuple) or not rates:
            raise WrongValue("a rate, or a list of rates", repr(given))
        for number, rate in enumerate(rates):
            if rate not in RATES:
                near = did_you_mean(rate, RATES) if isinstance(rate, str) else ""
                raise WrongValue(f"one of {', '.join(RATES)}", f"{rate!r}{near}")
            if rate in rates[:number]:
                raise WrongValue("each rate once", f"{rate!r} twice")
        return rates

    @model_validator(mode="after")
    def _limited(self) -> "Fairness":
        for rate in self.limits:
            if rate not in self.metric:
                raise WrongValue("one of the rates of fairness.metric", repr(rate), "limits")
        for rate in self.metric:
            limits = self.limits_of(rate)
            if limits.max_difference is None and limits.min_ratio is None:
                place = f"limits.{rate}" if rate in self.limits else ""
                of_rate = f" for {rate}" if len(self.metric) > 1 and not place else ""
                raise WrongValue(f"`max_difference` or `min_ratio`{of_rate}", "neither", place)
        twice = next((name for name in self.attributes if self.attributes.count(name) > 1), None)
        if twice:
            raise WrongValue("each column once", f"{twice!r} twice", "attributes")
        self._check_crossed()
        for name, edges in self.bins.items():
            if name not in self.attributes:
                raise WrongValue("one of fairness.attributes", repr(name), "bins")
            if not edges or any(one >= other for one, other in pairwise(edges)):
                raise WrongValue("one or more rising numbers", str(list(edges)), f"bins.{name}")
        return self

    def _check_crossed(self) -> None:
        for place, pair in enumerate(self.crossed):
            unknown = next((name for name in pair if name not in self.attributes), None)
            if unknown is not None:
                raise WrongValue("two of fairness.attributes", repr(unknown), "crossed")
            if pair[0] == pair[1]:
                raise WrongValue("two different attributes", f"{pair[0]!r} twice", "crossed")
            if any(set(pair) == set(other) for other in self.crossed[:place]):
                raise WrongValue("each pair once", f"{crossed_name(pair)!r} twice", "crossed")
            if crossed_name(pair) in self.attributes:
                expected = f"no attribute with the name that the pair has: {crossed_name(pair)!r}"
                raise WrongValue(expected, "one", "crossed")

    def limits_of(self, rate: Rate) -> Limits:
        """Return the limits of a rate: its own ones, or else the common ones."""
        return self.limits.get(rate) or Limits(max_difference=self.max_difference, min_ratio=self.min_ratio)

    def plain(self) -> list[dict[str, Any]]:
        """Return what is computed of each rate and attribute: its edges, the limits and the rows of a group.

        The attribute of a pair is the name of both, and `crossed` has the columns.
        """
        alone: list[dict[str, Any]] = [
            {"attribute": name, "crossed": None, "edges": self.bins.get(name)} for name in self.attributes
        ]
        pairs = [{"attribute": crossed_name(pair), "crossed": pair, "edges": None} for pair in self.crossed]
        return [
            {"metric": rate, **each, **self.limits_of(rate).model_dump(), "min_rows": self.min_rows}
            for rate in self.metric
            for each in (*alone, *pairs)
        ]


def crossed_name(pair: tuple[str, str]) -> str:
    """Return the name of two attributes together."""
    return " and ".join(pair)


def check_fairness(fairness: Fairness | None, task: str, label: str, roles: Mapping[str, str]) -> None:
    """Refuse a section that does not fit the task or the columns.

    Raises:
        WrongValue: It does not.
    """
    if fairness is None:
        return
    if task == "regression":
        raise WrongValue("a task with a rate: binary or multiclass", f"{task!r}", "fairness")
    binary = next((rate for rate in fairness.metric if rate not in _OF_CLASSES), None)
    if task == "multiclass" and binary is not None:
        raise WrongValue(f"{' or '.join(_OF_CLASSES)} for several classes", f"{binary!r}", "fairness.metric")
    for name in fairness.attributes:
        role = roles.get(name, "")
        if name == label:
            raise WrongValue("columns other than the label", repr(name), "fairness.attributes")
        if role.startswith("vector") or role == "text":
            raise WrongValue("columns with a few values", f"{name!r}, a column of {role}", "fairness.attributes")
        if role == "numeric" and name not in fairness.bins:
            expected = f"edges in fairness.bins for the numbers of {name!r}, such as {name} = [40]"
            raise WrongValue(expected, "none", "fairness.bins")
