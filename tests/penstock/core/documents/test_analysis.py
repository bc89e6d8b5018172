import pytest

from penstock.core.documents.analysis import Analysis
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
