import pytest

from penstock.core.documents.analysis import Analysis
from penstock.core.documents.card import Card
from penstock.core.errors import PenstockError
from tests.penstock.reports.run.reports import analysis, card


def test_analysis_and_card_are_read_as_they_were_written():
    assert Analysis.parse(analysis().text(), "here") == analysis()
    assert Card.model_validate_json(card().model_dump_json()) == card()


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
