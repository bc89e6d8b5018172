"""The document of the probes of monotonic constraints."""

import json

import pytest

from penstock.core.documents.monotonicity import Monotonicity, Probed
from penstock.core.errors import PenstockError

PROBED = Probed(
    column="miles", direction="increasing", probes=100, violations=2, largest=0.5, between=(1.0, 2.0), row=7
)


def test_it_is_read_as_it_was_written_and_refused_if_damaged():
    document = Monotonicity(rows=10, columns=(PROBED,))
    assert Monotonicity.parse(document.text(), "here") == document
    with pytest.raises(PenstockError, match="the probes of monotonic constraints, undamaged"):
        Monotonicity.parse(document.text()[:-3], "here")


def test_document_of_an_earlier_version_says_nothing_about_the_rows_of_a_column():
    column = {"column": "miles", "direction": "increasing", "probes": 20_000, "violations": 0, "largest": 0.0}
    document = Monotonicity.parse(json.dumps({"version": 1, "rows": 10, "columns": [column, column]}), "here")
    assert document.columns[0].rows is None
    assert (document.probes, document.violations) == (40_000, 0)
    assert not document.columns[0].is_few
