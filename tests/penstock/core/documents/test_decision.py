"""The document of a decision."""

import pytest

from penstock.core.documents.decision import Decision
from penstock.core.errors import PenstockError

WRITTEN = {
    "task": "regression",
    "calibration": {"rows": 100, "source": "validation rows", "fitted": True},
    "coverage": {
        "share": 0.9,
        "quantile": 2.5,
        "by": "zone",
        "slices": [
            {"value": "north", "quantile": 1.5, "rows": 60},
            {"value": 7, "quantile": 3.5, "rows": 40},
        ],
    },
}


def test_it_is_read_as_it_was_written():
    document = Decision.model_validate(WRITTEN)
    assert Decision.parse(document.text(), "here") == document
    assert document.quantile_by() == {"north": 1.5, 7: 3.5}
    assert "policy" not in document.text()


def test_truncated_document_is_refused():
    with pytest.raises(PenstockError, match="the decision of a model, undamaged"):
        Decision.parse(Decision.model_validate(WRITTEN).text()[:-3], "here")
