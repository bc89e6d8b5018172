import pytest

from penstock.registry.conditions import conditions, order
from penstock.registry.errors import Invalid
from penstock.registry.store.experiments import Condition, Order


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("metric.auc>=0.9", Condition("metric", "auc", ">=", "0.9")),
        ("setting.model.family=trees", Condition("setting", "model.family", "=", "trees")),
        ("setting.data.query!=SELECT a = b", Condition("setting", "data.query", "!=", "SELECT a = b")),
        ("setting.name=", Condition("setting", "name", "=", "")),
    ],
)
def test_text_is_read_as_a_condition(text, condition):
    assert conditions([text]) == (condition,)


@pytest.mark.parametrize("text", ["", "auc>1", "metric.auc", "metric.>1", "other.auc=1"])
def test_text_that_is_no_condition_is_refused(text):
    with pytest.raises(Invalid, match="^the condition"):
        conditions([text])


def test_order_is_read():
    assert order("metric.auc") == Order("metric", "auc")
    assert order("-setting.model.rounds") == Order("setting", "model.rounds", descending=True)
    with pytest.raises(Invalid, match="^the order 'auc'"):
        order("auc")
