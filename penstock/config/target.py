"""The checks of what is fitted: the loss of a regression, an ordinal label, and the weights of rows."""

from collections.abc import Collection, Mapping
from typing import Any

from penstock.config.data import WrongValue
from penstock.core.losses import PARAMETERS


def check_loss(model: Any, monotonic: Mapping[str, str]) -> None:
    """Refuse a loss that does not fit the task, its parameter or the monotonic constraints.

    Args:
        model: The section `[model]`.
        monotonic: The direction of each feature with a constraint.

    Raises:
        WrongValue: It does not fit.
    """
    if model.loss != "squared" and model.task != "regression":
        raise WrongValue(f'task = "regression" with the loss {model.loss}', f"{model.task!r}", "model.loss")
    for loss, key in PARAMETERS.items():
        value = getattr(model, key)
        if value is not None and model.loss != loss:
            raise WrongValue(f'loss = "{loss}" with {key}', f"{model.loss!r}", f"model.{key}")
        if value is None and model.loss == loss != "tweedie":
            example = "quantile = 0.9" if loss == "quantile" else "delta = 1.0, in units of the label"
            raise WrongValue(f"{key} with the loss {loss}, such as {example}", "none", f"model.{key}")
    if model.loss == "quantile" and monotonic and model.family != "linear":
        expected = 'family = "linear" with monotonic and the loss quantile: LightGBM keeps no constraint with it'
        raise WrongValue(expected, f"{model.family!r}", f"features.{next(iter(monotonic))}.monotonic")


def check_order(order: Collection[str] | None, model: Any) -> None:
    """Refuse an ordinal label with a task or a setting that has no order.

    Raises:
        WrongValue: It does not fit.
    """
    if order is None:
        return
    if model.task != "multiclass":
        raise WrongValue('task = "multiclass" with label_order', f"{model.task!r}", "data.label_order")
    if model.warm_start:
        expected = "no warm_start with label_order: its weights say nothing of the order"
        raise WrongValue(expected, "true", "model.warm_start")
    if model.explain:
        expected = "no explain with label_order: the contributions to its one score are not those to a class"
        raise WrongValue(expected, "true", "model.explain")


def check_weight(config: Any) -> None:
    """Refuse a column of weights that has another meaning too, or a setting that takes no weights.

    Args:
        config: The configuration.

    Raises:
        WrongValue: It does not fit.
    """
    data, decision = config.data, config.decision
    if data.weight is None:
        return
    if data.weight == data.label:
        raise WrongValue("another column than the label", f"{data.weight!r}", "data.weight")
    if data.weight in config.features:
        raise WrongValue("a column that is no feature", f"{data.weight!r}, which is in [features]", "data.weight")
    if decision is not None and decision.coverage is not None:
        expected = "no coverage with data.weight: its guarantee is for a share of rows, not for a share of weight"
        raise WrongValue(expected, f"{decision.coverage:g}", "decision.coverage")
    if config.fairness is not None:
        expected = "no [fairness] with data.weight: its rates and intervals are of rows, not of weight"
        raise WrongValue(expected, ", ".join(config.fairness.attributes), "fairness.attributes")


def check_coverage(decision: Any, loss: str) -> None:
    """Refuse an interval around a prediction that is no center.

    Raises:
        WrongValue: The loss is that of a quantile.
    """
    if decision is not None and decision.coverage is not None and loss == "quantile":
        expected = "no coverage with the loss quantile: the interval would have a quantile as its center"
        raise WrongValue(expected, f"{decision.coverage:g}", "decision.coverage")
