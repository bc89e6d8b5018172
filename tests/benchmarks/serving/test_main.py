import pytest

from benchmarks.serving.__main__ import _shown


@pytest.mark.parametrize(
    ("met", "value", "shown"),
    [
        (True, 4.9636, "met        4.964  (>= 4)    a / b"),
        (False, 0.5, "NOT MET    0.500  (>= 4)    a / b"),
        (None, None, "skipped           (>= 4)    a / b"),
    ],
)
def test_line_says_whether_its_target_is_met(met, value, shown):
    assert _shown({"name": "a / b", "target": 4.0, "is_least": True, "value": value, "met": met}) == shown
