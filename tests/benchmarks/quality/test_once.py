"""What is measured once."""

from benchmarks.quality import once, summary
from tests.benchmarks.quality.figures import results


def test_each_part_has_a_target():
    every = {verdict.target for verdict in summary.verdicts(results())}
    for part in once.parts():
        others = results()
        del others.parts[part]
        assert {verdict.target for verdict in summary.verdicts(others)} < every
