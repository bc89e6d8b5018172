"""The lines of a load during which versions were swapped."""

import pytest

from benchmarks.serving.swaps import grown, lines

MB = 1 << 20
FLAT = [(float(second), 100 * MB) for second in range(300)]
# Four seconds in each minute, in which both versions are loaded.
SWAPPING = [(moment, size * (2 if moment % 60 < 4 else 1)) for moment, size in FLAT]


@pytest.mark.parametrize(
    ("memory", "growth"),
    [
        (FLAT, 0.0),
        (SWAPPING, 0.0),
        ([(moment, int(size * (1 + moment / 1000))) for moment, size in FLAT], 0.16),
        ([(moment, size if moment > 50 else size // 2) for moment, size in FLAT], 0.0),
    ],
    ids=["flat", "during swaps", "growing", "first minute"],
)
def test_memory_has_grown_if_it_did_after_the_first_minute(memory, growth):
    assert grown(memory) == pytest.approx(growth, abs=0.01)


def test_requests_during_a_swap_are_compared_with_the_others():
    answers = [(float(second), 0.3 if 100 <= second < 110 else 0.1) for second in range(300)]
    found = {"answers": answers, "requests": 300, "failed": 0}
    failed, growth, slower = lines("load", found, [(99.9, 109.5)], FLAT)
    assert (failed["met"], growth["met"]) == (True, True)
    assert (slower["value"], slower["met"]) == (pytest.approx(3.0), False)
    assert not lines("load", {**found, "failed": 1}, [(99.9, 109.5)], FLAT)[0]["met"]
