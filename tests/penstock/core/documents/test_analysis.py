import pytest

from penstock.core.documents.analysis import Analysis, Importance
from penstock.core.errors import PenstockError
from tests.penstock.reports.run.reports import analysis


def test_analysis_is_read_as_it_was_written():
    assert Analysis.parse(analysis().text(), "here") == analysis()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"version": 2}', "use the release of Penstock that wrote it"),
        ('{"version": 1, "roc": [{"name": "x"}]}', "roc.0.points"),
        ('{"unknown": 1}', "unknown"),
        ("{", "undamaged"),
    ],
)
def test_damaged_analysis_is_refused(text, expected):
    with pytest.raises(PenstockError, match=expected.replace(".", r"\.")):
        Analysis.parse(text, "analysis.json")


def importance(groups=(), **losses):
    return Analysis(
        importance=tuple(Importance(columns=(name,), loss=loss, interval=0.01) for name, loss in losses.items()),
        groups=tuple(Importance(columns=names, loss=loss, interval=half) for names, loss, half in groups),
    )


def test_column_that_carries_nearly_all_importance_is_a_suspect():
    words = "'paid' has 96 % of the importance: is it known when predicting?"
    assert importance(miles=0.01, paid=0.45, zone=0.005, hour=-0.02).suspect == words
    assert importance(miles=0.0, paid=0.45, zone=0.0).suspect.startswith("'paid' has 99 %")


@pytest.mark.parametrize(
    "losses",
    [
        {"miles": 0.2, "paid": 0.45, "zone": 0.1},
        {"miles": 0.0, "paid": 0.45},
        {"miles": 0.0, "paid": 0.009, "zone": 0.0},
        {"miles": -0.1, "paid": 0.0, "zone": 0.0},
        {},
    ],
)
def test_other_importance_is_no_suspect(losses):
    assert importance(**losses).suspect == ""


def test_columns_that_together_carry_nearly_all_importance_are_a_suspect():
    losses = {"paid": 0.2, "miles": 0.01, "paid_copy": 0.18, "zone": 0.005}
    words = "'paid' and 'paid_copy' together have 96 % of the importance: are they known when predicting?"
    assert importance([(("paid", "paid_copy"), 0.45, 0.01)], **losses).suspect == words
    more = importance([(("paid", "paid_copy", "fee"), 0.45, 0.01)], **losses, fee=0.1)
    assert more.suspect.startswith("'paid', 'paid_copy' and 'fee' together have 96 %")


def test_column_that_alone_carries_it_is_named_without_its_group():
    losses = {"paid": 0.4, "miles": 0.01, "fee": 0.0, "zone": 0.005}
    assert importance([(("paid", "fee"), 0.41, 0.01)], **losses).suspect.startswith("'paid' has 96 %")


def test_long_names_of_a_suspect_group_differ_at_their_end():
    first, second = (f"temperature_of_the_bearing_at_the_drive_end_of_pump_{number}" for number in (1, 2))
    words = importance([((first, second), 0.45, 0.01)], **{first: 0.2, second: 0.2, "miles": 0.01, "zone": 0.0}).suspect
    assert words.startswith(
        "'temperature_of_th...rive_end_of_pump_1' and 'temperature_of_th...rive_end_of_pump_2' together"
    )
    assert importance(**{first: 0.45, "miles": 0.01, "zone": 0.0}).suspect.startswith(
        "'temperature_of_th...rive_end_of_pump_1' has"
    )


def test_large_group_that_measures_one_thing_often_is_no_suspect():
    blocks = [tuple(f"block{block}_{number}" for number in range(12)) for block in range(4)]
    losses = {name: 0.02 if block == blocks[0] else 0.0 for block in blocks for name in block}
    groups = [(block, 0.45 if block == blocks[0] else 0.001, 0.01) for block in blocks]
    assert importance(groups, **losses).suspect == ""


@pytest.mark.parametrize(
    "groups",
    [
        [(("paid", "paid_copy"), 0.2, 0.01), (("miles", "zone"), 0.1, 0.01)],
        [(("paid", "paid_copy"), 0.45, 0.5)],
        [(("paid", "paid_copy"), 0.45, None)],
        # All columns but one are in it.
        [(("paid", "paid_copy", "miles"), 0.45, 0.01)],
    ],
)
def test_other_groups_are_no_suspect(groups):
    assert importance(groups, paid=0.2, miles=0.01, paid_copy=0.18, zone=0.005).suspect == ""
