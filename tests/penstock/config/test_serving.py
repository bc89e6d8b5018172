"""The section `[serving]`."""

import pytest

from penstock.core.errors import ConfigError
from tests.metadata_store import configuration


def test_servers_are_compared_by_default_without_a_budget(tmp_path):
    serving = configuration(tmp_path).serving
    assert serving.model_dump() == {"check": True, "rows": 500, "tolerance": 1e-5, "p99_ms": None, "warm_up": True}
    assert configuration(tmp_path, "serving.p99_ms=20").serving.p99_ms == 20


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("serving.check=1.5", "serving.check: expected `true` or `false`"),
        ("serving.rows=0", "serving.rows: expected a number of at least 1"),
        ("serving.rows=5001", "serving.rows: expected a number of at most 5000"),
        ("serving.rows=many", "serving.rows: expected a whole number"),
        ("serving.tolerance=0", "serving.tolerance: expected a number greater than 0"),
        ("serving.tolerance=1", "serving.tolerance: expected a number less than 1"),
        ("serving.tolerance=nan", "serving.tolerance: expected a"),
        ("serving.p99_ms=-1", "serving.p99_ms: expected a number greater than 0"),
        ("serving.p99_ms=inf", "serving.p99_ms: expected a finite number"),
        ("serving.p95_ms=1", "did you mean 'p99_ms'?"),
    ],
)
def test_wrong_value_is_refused_with_what_is_expected(tmp_path, setting, sentence):
    with pytest.raises(ConfigError) as error:
        configuration(tmp_path, setting)
    assert sentence in str(error.value)
