"""What the user asks for the label in addition to its column: the loss of a number, or the order of its classes."""

import csv
from dataclasses import dataclass
from typing import cast

from penstock.core.errors import ConfigError
from penstock.core.losses import DEFAULT_POWER, LOSSES, PARAMETERS, Loss, LossName
from penstock.core.text import did_you_mean

# The bounds of each parameter, as the configuration has them: above the first, and below the second or equal to it.
_BOUNDS = {
    "quantile": ("a share above 0 and below 1, such as quantile=0.9", lambda value: 0 < value < 1),
    "tweedie": ("a power above 1 and up to 2, such as tweedie=1.5", lambda value: 1 < value <= 2),
    "huber": ("a residual above 0 in the unit of the label, such as huber=2.5", lambda value: 0 < value < float("inf")),
}


@dataclass(frozen=True)
class LabelOptions:
    """The options.

    Attributes:
        loss: The loss; None for a squared one if the label is to be predicted as a number.
        order: The classes, the lowest first; empty without an order.
    """

    loss: Loss | None = None
    order: tuple[str, ...] = ()


def parse_options(loss: str | None, order: str | None) -> LabelOptions:
    """Return the options of the command.

    Args:
        loss: A loss with its parameter, such as `quantile=0.9`; None without one.
        order: The classes with commas between them, a class with a comma in double quotes; None without an order.

    Raises:
        ConfigError: They are wrong, or contradict each other.
    """
    if loss is not None and order is not None:
        remedy = "leave one of them out"
        raise ConfigError("--loss", "no --loss with --label-order, whose classes have no loss", loss, remedy)
    return LabelOptions(None if loss is None else _loss(loss), () if order is None else _order(order))


def option_of(loss: Loss) -> str:
    """Return a loss as the option has it."""
    return f"{loss.name}={loss.parameter:g}" if loss.name in PARAMETERS else loss.name


def _loss(text: str) -> Loss:
    name, equals, given = text.partition("=")
    if name not in LOSSES:
        received = f"{name!r}{did_you_mean(name, LOSSES)}"
        raise ConfigError("--loss", f"one of {', '.join(LOSSES)}", received, "correct the name")
    if name not in PARAMETERS:
        if equals:
            raise ConfigError("--loss", f"{name} without a parameter", repr(text), f"write --loss {name}")
        return Loss(cast(LossName, name))
    expected, is_within = _BOUNDS[name]
    if not equals and name == "tweedie":
        return Loss("tweedie", DEFAULT_POWER)
    try:
        value = float(given)
    except ValueError:
        value = float("nan")
    if not is_within(value):
        raise ConfigError("--loss", expected, repr(text), f"correct the {PARAMETERS[name]}")
    return Loss(cast(LossName, name), value)


def _order(text: str) -> tuple[str, ...]:
    [line] = list(csv.reader([text.replace("\n", " ")], skipinitialspace=True)) or [[]]
    classes = tuple(line)
    example = "such as low,medium,high"
    if any(not each.strip() for each in classes):
        raise ConfigError(
            "--label-order", f"classes with commas between them, {example}", repr(text), "name each class"
        )
    twice = [each for each in classes if classes.count(each) > 1]
    if twice:
        raise ConfigError("--label-order", "each class once", repr(twice[0]), "name it once")
    if len(classes) < 3:
        expected = f"three classes or more, {example}; two have no order"
        raise ConfigError("--label-order", expected, repr(text), "name all classes, the lowest first")
    return classes
