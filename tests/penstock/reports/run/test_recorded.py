"""Reports of runs that only the registry has."""

import pytest

from penstock.core.errors import PenstockError
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import VersionBody
from penstock.reports.run.page import html
from penstock.reports.run.recorded import recorded_report
from tests.penstock.reports.conftest import Reader
from tests.registry_rows import body, pushed


@pytest.fixture
def registry(config):
    with DatabaseClient(config.registry_uri, root=config.root) as found:
        yield found


@pytest.fixture
def model(config, registry):
    project = registry.create_project(config.project_name)
    return registry.create_model(project.id, config.model_name)


def test_version_is_compared_with_the_one_before(config, registry, model):
    for number in (1, 2):
        pushed(registry, model.id, number)
    found = recorded_report(config, registry, "2")
    assert (found.summary.run, found.summary.version, found.summary.folder) == ("run-2", 2, "models/2")
    assert (found.previous.version, found.previous.value, found.changes) == (1, 0.9, ())
    assert found.verdict.metrics["auc"].model == 0.9
    assert recorded_report(config, registry, "1").previous is None


def test_what_changed_is_found_by_the_records_of_the_registry(config, registry, model):
    pushed(registry, model.id, 1)
    data = body(model.id).data.model_copy(update={"files": {"trips.csv": "1" * 64}, "rows": {"train": 20, "eval": 5}})
    experiment = registry.record_experiment(body(model.id, "run-2", data=data))
    version = {"model_id": model.id, "number": 2, "folder": "gs://b/2", "digest": "2" * 64}
    registry.record_version(VersionBody(**version, experiment_id=experiment.id))
    changes = {each.name: (each.before, each.after) for each in recorded_report(config, registry, "2").changes}
    assert changes == {"rows of train": ("10", "20"), "SHA-256 of trips.csv": ("0" * 12, "1" * 12)}


def test_run_without_a_version_is_found_by_its_name(config, registry, model):
    registry.record_experiment(body(model.id, "run-7", state="refused", failure="auc is too low"))
    found = recorded_report(config, registry, "run-7")
    assert (found.summary.state, found.summary.version, found.summary.failure) == ("refused", None, "auc is too low")


def test_page_says_what_is_not_there_and_why(config, registry, model):
    pushed(registry, model.id, 1)
    text = Reader(html(recorded_report(config, registry, "1"))).text
    assert text.count("This part cannot be shown: the run run-1 is not in this metadata store") == 3


def test_what_the_registry_does_not_have_is_refused(config, registry, model):
    with pytest.raises(PenstockError, match="the experiment 'nothing'"):
        recorded_report(config, registry, "nothing")
