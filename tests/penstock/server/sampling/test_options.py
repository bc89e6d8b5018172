"""Columns that are left out or hashed: by the name in the table, and by that of the input of a signature."""

from pathlib import Path

import pytest

from penstock.core.features import served_names
from penstock.server.sampling.options import Sampling


@pytest.mark.parametrize(
    "columns", [["pay ment"], ["pay ment", "pay_ment"], ["gr\u00f6\u00dfe", "gr\u00fc\u00dfe"], ["fare", "Fare"]]
)
def test_column_is_named_as_the_table_or_the_signature_names_it(columns):
    for column, served in served_names(columns).items():
        for given in (column, served):
            sampling = Sampling(Path("log"), 1.0, frozenset({given}), frozenset({given}))
            assert sampling.leaves_out(column)
            assert sampling.leaves_out(served)
            assert sampling.hashes(served)
        assert not Sampling(Path("log")).leaves_out(column)
        assert not Sampling(Path("log"), 1.0, frozenset({"other"})).leaves_out(column)


def test_columns_that_no_signature_has_are_unknown():
    sampling = Sampling(Path("log"), 1.0, frozenset({"pay ment", "fair"}), frozenset({"y", "z"}))
    assert sampling.unknown({"pay_ment", "fare", "y"}) == ["fair", "z"]
