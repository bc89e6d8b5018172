"""The losses of a regression: what `model.loss` names, with its parameter. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

LossName = Literal["squared", "quantile", "poisson", "tweedie", "huber"]
LOSSES: tuple[str, ...] = get_args(LossName)

# The setting of `[model]` that each loss has as its parameter.
PARAMETERS = {"quantile": "quantile", "tweedie": "power", "huber": "delta"}
DEFAULT_POWER = 1.5

# The metrics of each loss, in addition to those of a regression. True if a greater value is better.
LOSS_METRICS: dict[str, dict[str, bool]] = {
    "squared": {},
    "quantile": {"pinball": False, "d2": True},
    "poisson": {"poisson_deviance": False, "d2": True},
    "tweedie": {"tweedie_deviance": False, "d2": True},
    "huber": {"huber": False},
}


@dataclass(frozen=True)
class Loss:
    """A loss of a regression.

    Attributes:
        name: One of LOSSES.
        parameter: The quantile, the power of the variance (`tweedie`), or the residual beyond which the loss is linear
            (`huber`, in the unit of the label); 0 for the others.
    """

    name: str = "squared"
    parameter: float = 0.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Loss":
        """Return the loss of the settings of a model; a squared one if they have none."""
        name = settings.get("loss") or "squared"
        given = settings.get(PARAMETERS.get(name, ""))
        return cls(name, float(given if given is not None else DEFAULT_POWER if name == "tweedie" else 0.0))

    @classmethod
    def parse(cls, text: str) -> "Loss":
        """Return the loss that `text` wrote; a squared one for an empty text."""
        name, _, parameter = text.partition(" ")
        return cls(name or "squared", float(parameter or 0))

    def text(self) -> str:
        """Return the loss as a short text, such as `quantile 0.9`."""
        return f"{self.name} {self.parameter:.17g}" if self.name in PARAMETERS else self.name

    @property
    def is_log_linked(self) -> bool:
        """Whether a model predicts the logarithm of the mean, so that predictions are above zero."""
        return self.name in ("poisson", "tweedie")

    @property
    def least_label(self) -> float | None:
        """The bound that no label is below; None for a loss of any number."""
        return 0.0 if self.is_log_linked else None

    @property
    def allows_zero(self) -> bool:
        """Whether a label may be zero, of a loss whose labels may not be below zero."""
        return self.name == "poisson" or self.parameter < 2
