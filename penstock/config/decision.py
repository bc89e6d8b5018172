"""The section `[decision]` of `pipeline.toml`: what is decided by a prediction, and how sure it is."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from penstock.config.data import Section, WrongValue

POLICIES = ("costs", "precision", "recall", "capacity")


class Costs(Section):
    """`decision.costs`: what a wrong decision costs, in any unit."""

    fp: float = Field(gt=0, description="cost of a false positive: decided yes, and the label is no")
    fn: float = Field(gt=0, description="cost of a false negative: decided no, and the label is yes")


class Decision(Section):
    """`[decision]`: the threshold of a decision, and intervals or sets with a coverage, in the served model."""

    costs: Costs | None = Field(None, description="costs of wrong decisions; the threshold has the least mean cost")
    precision: float | None = Field(
        None, gt=0, lt=1, description="precision to reach; the threshold has the greatest recall that reaches it"
    )
    recall: float | None = Field(
        None, gt=0, lt=1, description="recall to reach; the threshold has the least share of rows that reaches it"
    )
    capacity: float | None = Field(
        None, gt=0, description="share of the rows that can be decided yes, or their number out of `per` rows"
    )
    per: int | None = Field(None, ge=1, description="number of rows that `capacity` is a number out of")
    coverage: float | None = Field(
        None, ge=0.5, lt=1, description="share of the labels that intervals or sets of classes contain"
    )
    by: str | None = Field(None, description="column; the coverage holds for each of its values")
    split: str | None = Field(None, description="split whose rows decide; by default the validation rows of `train`")

    @model_validator(mode="after")
    def _decides_one_thing(self) -> "Decision":
        given = [name for name in POLICIES if getattr(self, name) is not None]
        if len(given) > 1:
            raise WrongValue(f"one of {', '.join(POLICIES)}", " and ".join(given))
        if not given and self.coverage is None:
            raise WrongValue(f"one of {', '.join(POLICIES)}, or coverage", "none")
        if self.by is not None and self.coverage is None:
            raise WrongValue("coverage with by", "none", "coverage")
        if self.per is not None and (self.capacity is None or self.capacity < 1):
            raise WrongValue("a capacity of at least 1 with per", f"{self.capacity}", "capacity")
        if self.capacity is not None and self.capacity >= (self.per or 1):
            expected = "less than `per`" if self.per else "a share below 1, or a number of rows together with `per`"
            raise WrongValue(expected, f"{self.capacity:g}", "capacity")
        return self

    @property
    def policy(self) -> str | None:
        """What decides the threshold; None without a threshold."""
        return next((name for name in POLICIES if getattr(self, name) is not None), None)

    @property
    def share(self) -> float | None:
        """The capacity as a share of the rows."""
        return None if self.capacity is None else self.capacity / (self.per or 1)

    def plain(self) -> dict[str, Any]:
        """Return the settings as plain data: the policy and its value, the coverage, its column, and the split."""
        value: Any = self.costs.model_dump() if self.costs else self.precision or self.recall or self.share
        return {
            "policy": self.policy, "value": value, "coverage": self.coverage, "by": self.by, "split": self.split
        }  # fmt: skip


def check_decision(decision: Decision | None, task: str, roles: Mapping[str, str], slices: tuple[str, ...]) -> None:
    """Refuse a decision that does not fit the task, the columns or the slices.

    Raises:
        WrongValue: It does not.
    """
    if decision is None:
        return
    if decision.policy and task != "binary":
        raise WrongValue(f'task = "binary" with {decision.policy}', f"{task!r}", f"decision.{decision.policy}")
    if decision.split in ("train", "eval"):
        expected = "a split that neither trains nor evaluates, or none for the validation rows of train"
        raise WrongValue(expected, f"{decision.split!r}", "decision.split")
    if decision.by is None:
        return
    if roles.get(decision.by) not in ("categorical", "boolean"):
        received = f"{decision.by!r}, which is {roles.get(decision.by) or 'no feature'}"
        raise WrongValue("a feature that is categorical or boolean", received, "decision.by")
    if decision.by not in slices:
        received = ", ".join(slices) or "none"
        raise WrongValue(f"{decision.by!r} of decision.by among them, which gates it", received, "evaluation.slices")
