"""The measurement of every model on one split; whole ones are in the tests of the worker."""

from typing import get_args

import pytest

from benchmarks.quality.models import _LONGEST_REPORT, _plain, _tried, families
from penstock.config.sections import Model
from penstock.core.documents.verdict import Threshold


def test_every_family_of_the_configuration_is_measured_and_trees_come_first():
    assert sorted(families()) == sorted(get_args(Model.model_fields["family"].annotation))
    assert families()[0] == "trees"


def test_model_that_fails_is_an_entry_with_its_error(capsys):
    def fail():
        raise ValueError("no rows" + "!" * 400)

    found = _tried(fail)
    assert found["error"].startswith("ValueError: no rows!")
    assert len(found["error"]) == 300
    assert found["after"] >= 0
    assert "Traceback" in capsys.readouterr().err


def test_interruption_is_no_error_of_a_model():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _tried(stop)


@pytest.mark.parametrize(
    ("report", "found"),
    [
        ({"epochs": 3}, {"epochs": 3}),
        ({"folder": Threshold}, {"folder": str(Threshold)}),
        ({"text": "x" * _LONGEST_REPORT}, {}),
    ],
)
def test_report_becomes_plain_json_or_is_left_out_if_it_is_long(report, found):
    assert _plain(report) == found
