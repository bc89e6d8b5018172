"""Measurements that do not belong to a table."""

from benchmarks.quality import parts, summary
from tests.benchmarks.quality.figures import results


def test_each_part_has_a_target():
    every = {verdict.target for verdict in summary.verdicts(results())}
    for part in parts.measurements():
        others = results()
        del others.parts[part]
        assert {verdict.target for verdict in summary.verdicts(others)} < every
