"""What a report is made of, if parts of it are missing."""

import pytest

from penstock.core.errors import DataError
from penstock.metadata.lineage import Artifact, Node, Run
from penstock.reports.run.facts import Facts, Recorded

PUSHED = Artifact(
    1, "PushedModel", "pushed_model", "x", {"pushed": 1, "pushed_version": "3", "pushed_destination": "m/3"}
)
RUN = Run("run-1", "taxi", (Node("Pusher", "ran", 1, 1.0, 1.0, (), (PUSHED,)),))
ELSEWHERE = Run("run-2", "taxi", ())


def test_version_is_that_of_the_nodes_or_of_the_registry():
    assert (Recorded(RUN).version, Recorded(RUN).version_folder) == (3, "m/3")
    assert (Recorded(ELSEWHERE).version, Recorded(ELSEWHERE).version_folder) == (None, "")
    noted = Recorded(ELSEWHERE, noted=(4, "gs://b/4"))
    assert (noted.version, noted.version_folder) == (4, "gs://b/4")


def test_detail_is_a_field_of_the_experiment_or_among_its_details():
    recorded = Recorded(RUN, {"started": "a", "details": {"started": "b", "seconds": 2}})
    assert (recorded.detail("started"), recorded.detail("seconds"), recorded.detail("none")) == ("a", 2, None)


def test_setting_is_that_of_the_run_and_else_that_of_the_configuration(config):
    assert Facts(config, Recorded(RUN)).setting("evaluation", "metric") == "auc"
    recorded = Recorded(RUN, {"configuration": {"evaluation": {"metric": "log_loss", "min": None}}})
    facts = Facts(config, recorded)
    assert facts.setting("evaluation", "metric") == "log_loss"
    assert facts.setting("evaluation", "min", 7) == 7


@pytest.mark.parametrize("error", [DataError("a", "b", "c", "d"), ValueError("damaged"), KeyError("x")])
def test_part_that_cannot_be_built_has_its_default_and_a_reason(config, error):
    facts = Facts(config, Recorded(RUN))

    def fail():
        raise error

    assert facts.attempt("drift", fail, "default") == "default"
    [problem] = facts.problems
    assert problem.part == "drift"
    assert problem.reason
