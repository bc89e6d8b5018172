"""The losses of a regression by name, with their parameter and the range of their labels."""

import pytest

from penstock.core.losses import Loss


@pytest.mark.parametrize(
    ("settings", "loss"),
    [
        ({}, Loss("squared")),
        ({"loss": "tweedie", "power": None}, Loss("tweedie", 1.5)),
        ({"loss": "tweedie", "power": 2}, Loss("tweedie", 2.0)),
        ({"loss": "quantile", "quantile": 0.9}, Loss("quantile", 0.9)),
        ({"loss": "huber", "delta": 3, "quantile": None}, Loss("huber", 3.0)),
    ],
)
def test_loss_of_settings_is_the_same_after_it_was_written_as_text(settings, loss):
    assert Loss.of(settings) == loss
    assert Loss.parse(loss.text()) == loss


@pytest.mark.parametrize(
    ("name", "least"),
    [("squared", None), ("quantile", None), ("huber", None), ("poisson", 0.0), ("tweedie", 0.0)],
)
def test_labels_of_counts_and_amounts_have_a_least_value(name, least):
    assert Loss(name, 1.5).least_label == least
