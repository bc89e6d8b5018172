"""Lines about the probes of monotonic constraints: their number, and the columns that have few."""

import pytest

from penstock.core.documents.monotonicity import Monotonicity, Probed
from pipeline.cli.text.run_lines import monotonic_lines


def probed(column, probes):
    return Probed(column=column, direction="increasing", rows=10, probes=probes, violations=0, largest=0.0)


FEW = "few      zone: 2,060 probes, 10,000 expected: too few rows or values"


@pytest.mark.parametrize(
    ("probes", "lines"),
    [
        ({"fare": 104_454}, ["Monotonic: 104,454 probes of 1 column on rows of eval, no violations"]),
        (
            {"fare": 104_000, "zone": 2_060},
            ["Monotonic: 106,060 probes of 2 columns on rows of eval, no violations", FEW],
        ),
        (
            {"zone": 2_060},
            [
                "Monotonic: 2,060 probes of 1 column on rows of eval, no violations",
                FEW,
            ],
        ),
        (
            {"zone": 50_000},
            [
                "Monotonic: 50,000 probes of 1 column on rows of eval, no violations",
                "few      in all 50,000 probes, 100,000 expected: too few rows or values",
            ],
        ),
        (
            {"fare": 2_060, "zone": 2_060},
            [
                "Monotonic: 4,120 probes of 2 columns on rows of eval, no violations",
                FEW.replace("zone", "fare"),
                FEW,
                "few      in all 4,120 probes, 100,000 expected: too few rows or values",
            ],
        ),
    ],
)
def test_probes_are_counted_and_a_column_with_few_is_named(probes, lines):
    columns = tuple(probed(*each) for each in probes.items())
    assert monotonic_lines(Monotonicity(rows=10, columns=columns)) == lines


@pytest.mark.parametrize(("violations", "words"), [(1, "1 violation"), (2, "2 violations")])
def test_violations_are_counted(violations, words):
    found = probed("fare", 200_000).model_copy(update={"violations": violations})
    [line] = monotonic_lines(Monotonicity(rows=10, columns=(found,)))
    assert line.endswith(f", {words}")


def test_run_without_constraints_has_no_line():
    assert monotonic_lines(None) == []
