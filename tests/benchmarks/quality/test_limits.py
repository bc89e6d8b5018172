"""The time of `auto` under a limit."""

import pytest

from benchmarks.quality.limits import LIMITS, limit_result
from benchmarks.quality.tables import EVERY
from penstock.core.errors import NodeError
from tests.benchmarks.quality.figures import entry


def test_limits_of_a_few_seconds_and_that_of_a_wide_table_are_measured():
    assert {table for table, _ in LIMITS} <= set(EVERY)
    assert [limit for _, limit in LIMITS if limit <= 5] == [2, 3, 5]
    assert "wide" in dict(LIMITS)


def test_fit_and_export_count_and_reading_does_not():
    found = limit_result(entry("iris", "multiclass", "auto", 0.1), 2.0)
    assert found == {"table": "iris", "rows": 1_500, "limit": 2.0, "seconds": 3.0}


def test_limit_without_a_model_is_reported_in_one_sentence():
    failed = entry("iris", "multiclass", "auto", 0.0, error="NodeError: at least 3 seconds")
    with pytest.raises(
        NodeError, match="`auto` on iris in 2 s: expected a model, received NodeError: at least 3 seconds"
    ):
        limit_result(failed, 2.0)
