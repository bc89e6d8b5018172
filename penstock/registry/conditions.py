"""The text of conditions and orders of experiments: `metric.auc>=0.9`, `setting.model.family=trees`, `-metric.auc`."""

import re
from collections.abc import Iterable
from typing import Any, cast

from penstock.registry.errors import Invalid, quoted
from penstock.registry.lists import Condition, Order

# A name has none of the characters of a sign. What is compared by size is a number.
_NAME = r"(metric|setting)\.([^=<>!\x00]+)"
_NUMBER = r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:e[+-]?[0-9]{1,3})?"
CONDITION = rf"^{_NAME}(?:(!=|=)([^\x00]*)|(<=|>=|<|>)({_NUMBER}))$"
ORDER = rf"^(-?){_NAME}$"


def conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    """Return conditions that experiments have to fulfil, all of them.

    Raises:
        Invalid: A text is no condition.
    """
    return tuple(_condition(text) for text in texts)


def order(text: str) -> Order:
    """Return the order of a list; a minus before it puts the greatest value first.

    Raises:
        Invalid: The text is no order.
    """
    found = re.match(ORDER, text)
    if found is None:
        raise Invalid(
            f"the order {quoted(text)}", "metric.NAME or setting.KEY", "another text", "write for example -metric.auc"
        )
    return Order(cast(Any, found[2]), found[3], descending=bool(found[1]))


def _condition(text: str) -> Condition:
    found = re.match(CONDITION, text)
    if found is None:
        expected = "metric.NAME or setting.KEY, one of = != < <= > >=, and a value, a number after < and >"
        raise Invalid(f"the condition {quoted(text)}", expected, "another text", "write for example metric.auc>=0.9")
    sign, value = (found[3], found[4]) if found[3] else (found[5], found[6])
    return Condition(cast(Any, found[1]), found[2], cast(Any, sign), value)
