import pytest

from penstock.registry.conditions import conditions, order
from penstock.registry.errors import Invalid
from penstock.registry.lists import Condition, Order, Slice


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_limit_outside_its_range_is_refused(limit):
    with pytest.raises(Invalid, match="^limit: expected 1 to 1000"):
        Slice(limit=limit)


@pytest.mark.parametrize("value", ["trees", "nan", "inf", ""])
def test_condition_that_compares_what_is_no_number_is_refused(value):
    with pytest.raises(Invalid, match="^the condition metric.auc<.*: expected a number after <"):
        Condition("metric", "auc", "<", value)


@pytest.mark.parametrize("text", ["metric.auc>=0.9", "setting.model.family!=trees", "metric.a=1<2"])
def test_condition_is_its_text(text):
    (found,) = conditions([text])
    assert str(found) == text


def test_order_is_its_text():
    assert str(Order("metric", "auc", descending=True)) == "-metric.auc"
    assert order("-metric.auc") == Order("metric", "auc", descending=True)
