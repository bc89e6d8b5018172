"""The section `[fairness]` of `pipeline.toml`: how far a rate may differ between the groups of an attribute."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, model_validator

from penstock.config.data import Section, WrongValue

# The rates of a binary decision; those of other tasks have only the last.
RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision", "error")
_OF_CLASSES = ("error",)


class Fairness(Section):
    """`[fairness]`: a limit on the difference of a rate between the groups of an attribute, which gates a model."""

    attributes: tuple[str, ...] = Field(
        min_length=1, description="columns whose values are the groups; they need not be features"
    )
    metric: Literal["selection_rate", "true_positive_rate", "false_positive_rate", "precision", "error"] = Field(
        description="the rate that is compared between the groups"
    )
    max_difference: float | None = Field(
        None, ge=0, lt=1, description="greatest difference of the rate between two groups"
    )
    min_ratio: float | None = Field(
        None, gt=0, le=1, description="least ratio of the lesser to the greater rate of two groups, such as 0.8"
    )
    min_rows: int = Field(30, ge=10, description="rows that the rate of a group is computed from, to decide by it")
    bins: dict[str, tuple[float, ...]] = Field(
        default_factory=dict, description="`column = [edges]`: the groups of a column of numbers, such as `age = [40]`"
    )

    @model_validator(mode="after")
    def _limited(self) -> "Fairness":
        if self.max_difference is None and self.min_ratio is None:
            raise WrongValue("`max_difference` or `min_ratio`", "neither")
        twice = next((name for name in self.attributes if self.attributes.count(name) > 1), None)
        if twice:
            raise WrongValue("each column once", f"{twice!r} twice", "attributes")
        for name, edges in self.bins.items():
            if name not in self.attributes:
                raise WrongValue("one of fairness.attributes", repr(name), "bins")
            if not edges or any(one >= other for one, other in pairwise(edges)):
                raise WrongValue("one or more rising numbers", str(list(edges)), f"bins.{name}")
        return self

    def plain(self) -> list[dict[str, Any]]:
        """Return what is computed of each attribute: the attribute, its edges, the limits and the rows of a group."""
        return [
            {
                "attribute": name,
                "edges": self.bins.get(name),
                "max_difference": self.max_difference,
                "min_ratio": self.min_ratio,
                "min_rows": self.min_rows,
            }
            for name in self.attributes
        ]


def check_fairness(fairness: Fairness | None, task: str, label: str, roles: Mapping[str, str]) -> None:
    """Refuse a section that does not fit the task or the columns.

    Raises:
        WrongValue: It does not.
    """
    if fairness is None:
        return
    if task == "regression":
        raise WrongValue("a task with a rate: binary or multiclass", f"{task!r}", "fairness")
    if task == "multiclass" and fairness.metric not in _OF_CLASSES:
        raise WrongValue(f"{' or '.join(_OF_CLASSES)} for several classes", f"{fairness.metric!r}", "fairness.metric")
    for name in fairness.attributes:
        role = roles.get(name, "")
        if name == label:
            raise WrongValue("columns other than the label", repr(name), "fairness.attributes")
        if role.startswith("vector") or role == "text":
            raise WrongValue("columns with a few values", f"{name!r}, a column of {role}", "fairness.attributes")
        if role == "numeric" and name not in fairness.bins:
            expected = f"edges in fairness.bins for the numbers of {name!r}, such as {name} = [40]"
            raise WrongValue(expected, "none", "fairness.bins")
