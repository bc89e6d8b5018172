"""The loss and the order of classes as the command takes them."""

import pytest

from penstock.core.errors import ConfigError
from penstock.core.losses import Loss
from penstock.proposal.label_options import LabelOptions, option_of, parse_options


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("squared", Loss("squared")),
        ("poisson", Loss("poisson")),
        ("tweedie", Loss("tweedie", 1.5)),
        ("tweedie=2", Loss("tweedie", 2.0)),
        ("quantile=0.9", Loss("quantile", 0.9)),
        ("huber=1e3", Loss("huber", 1000.0)),
    ],
)
def test_loss_has_its_parameter_after_an_equals_sign(text, loss):
    assert parse_options(text, None) == LabelOptions(loss=loss)
    assert parse_options(option_of(loss), None).loss == loss


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("low,medium,high", ("low", "medium", "high")),
        ("5, 10, 20", ("5", "10", "20")),
        ('"a, b",c,"d ""e"""', ("a, b", "c", 'd "e"')),
    ],
)
def test_classes_have_commas_between_them(text, order):
    assert parse_options(None, text) == LabelOptions(order=order)


def test_without_options_nothing_is_asked():
    assert parse_options(None, None) == LabelOptions()


@pytest.mark.parametrize(
    ("loss", "order", "sentence"),
    [
        ("poison", None, "--loss: expected one of squared, quantile, poisson, tweedie, huber, received 'poison' (did"),
        ("", None, "--loss: expected one of squared, quantile,"),
        (
            "poisson=1",
            None,
            "--loss: expected poisson without a parameter, received 'poisson=1'; write --loss poisson.",
        ),
        ("quantile", None, "expected a share above 0 and below 1, such as quantile=0.9, received 'quantile'; correct"),
        ("quantile=1", None, "received 'quantile=1'; correct the quantile."),
        ("quantile=nan", None, "received 'quantile=nan'; correct the quantile."),
        ("tweedie=1", None, "expected a power above 1 and up to 2, such as tweedie=1.5, received 'tweedie=1'; correct"),
        ("tweedie=", None, "received 'tweedie='; correct the power."),
        ("huber=inf", None, "above 0 in the unit of the label, such as huber=2.5, received 'huber=inf'; correct the d"),
        ("huber", None, "received 'huber'; correct the delta."),
        (None, "a,b", "--label-order: expected three classes or more, such as low,medium,high; two have no order, rec"),
        (None, "a,b,a", "--label-order: expected each class once, received 'a'; name it once."),
        (None, "a,,b", "expected classes with commas between them, such as low,medium,high, received 'a,,b'; name"),
        (None, "", "--label-order: expected "),
        ("poisson", "a,b,c", "--loss: expected no --loss with --label-order, whose classes have no loss, received poi"),
    ],
)
def test_wrong_options_are_refused_in_one_sentence(loss, order, sentence):
    with pytest.raises(ConfigError) as caught:
        parse_options(loss, order)
    assert sentence in str(caught.value)
