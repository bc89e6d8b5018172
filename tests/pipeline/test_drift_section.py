"""The section `[drift]`: its defaults, and what is refused."""

import pytest

from pipeline.errors import ConfigError
from tests.pipeline.metadata_store import CONFIGURATION, configuration


def test_without_the_section_drift_is_told_and_fails_nothing(tmp_path):
    drift = configuration(tmp_path).drift
    assert (drift.fail_on, drift.categories, drift.numbers, drift.columns) == ("never", 0.1, 0.2, {})


def test_thresholds_of_columns_are_taken(tmp_path):
    text = f'{CONFIGURATION}[drift]\nfail_on = "drift"\ncolumns = {{ miles = 0.4, tip = 0 }}\n'
    drift = configuration(tmp_path, text=text).drift
    assert (drift.fail_on, drift.columns) == ("drift", {"miles": 0.4, "tip": 0.0})


def test_thresholds_of_skew_are_its_own(tmp_path):
    text = f"{CONFIGURATION}[drift]\nnumbers = 0.5\n[drift.skew]\ncategories = 0.3\ncolumns = {{ tip = 1 }}\n"
    drift = configuration(tmp_path, text=text).drift
    assert drift.thresholds == {"categories": 0.1, "numbers": 0.5, "columns": {}}
    assert drift.skew.thresholds == {"categories": 0.3, "numbers": 0.2, "columns": {"tip": 1.0}}


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("drift.fail_on=always", "drift.fail_on: expected 'drift', 'skew', 'any' or 'never', received 'always'"),
        ("drift.skew.numbers=1.5", "drift.skew.numbers: expected a number of at most 1, received 1.5"),
        ("drift.skew.columns.mile=0.1", "drift.skew.columns: expected a feature of the configuration, received 'mile'"),
        ("drift.skew.number=0.1", "drift.skew.number: expected one of categories, numbers, columns"),
        ("drift.numbers=1.5", "drift.numbers: expected a number of at most 1, received 1.5"),
        ("drift.categories=-0.1", "drift.categories: expected a number of at least 0, received -0.1"),
        ("drift.columns.mile=0.1", "drift.columns: expected a feature of the configuration, received 'mile'"),
        ("drift.columns.miles=much", "drift.columns.miles: expected"),
        ("drift.number=0.1", "drift.number: expected one of"),
    ],
)
def test_wrong_value_is_refused_under_its_key(tmp_path, setting, sentence):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, setting)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
