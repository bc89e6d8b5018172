"""The pages of the registry."""

import pytest

from penstock.dashboard.pages import models
from penstock.dashboard.sources import NoPage
from penstock.registry.errors import NotFound

NAMES = [f"taxi_1a2b3c4_{number}" for number in range(5)]


@pytest.fixture
def registry(site):
    with site.source.registry() as opened:
        yield opened


@pytest.fixture
def model(site, registry):
    return models.model_of(site.source, registry, "")


def test_model_is_that_of_the_pipeline_or_the_named_one(site, registry, model):
    assert (model.project, model.name) == ("taxi", "taxi")
    assert models.model_of(site.source, registry, "taxi/taxi") == model
    assert models.model_of(site.source, None, "") is None
    with pytest.raises(NotFound):
        models.model_of(site.source, registry, "taxi/other")


def test_versions_come_newest_first_with_their_experiments(registry, model):
    rows = models.version_rows(registry, model)
    assert [(row.version.number, row.experiment.value) for row in rows] == [(2, 0.92), (1, 0.91)]
    assert "<svg" in models.metric_chart(rows)
    assert models.metric_chart(rows[:1]) == ""


def test_experiments_are_sorted_and_filtered(registry, model):
    def listed(sort="", *where):
        return [each.value for each in models.experiments(registry, model, sort, where)]

    assert listed() == [0.92, 0.93, 0.91]
    assert listed("-metric.auc") == [0.93, 0.92, 0.91]
    assert listed("setting.model.rounds") == [0.91, 0.92, 0.93]
    assert listed("", "metric.auc>=0.92", "setting.model.rounds<300") == [0.92]


def test_columns_are_the_chosen_ones_or_the_metrics(registry, model):
    listed = models.experiments(registry, model, "", ())
    assert models.columns_of(listed, []) == ["metric.auc", "metric.log_loss"]
    assert models.columns_of(listed, ["setting.name", "setting.name"]) == ["setting.name"]
    assert models.columns_of([], []) == []
    assert set(models.choices(listed)) >= {"metric.auc", "setting.model.family", "setting.model.rounds"}


def test_comparison_has_all_metrics_and_the_settings_that_differ(registry, model):
    chosen = models.chosen_experiments(registry, model, [NAMES[1], NAMES[2], NAMES[3], NAMES[1]])
    parts = models.compared(chosen)
    assert [(each.name, each.values, each.differs) for each in parts["Settings"]] == [
        ("model.rounds", (100, 300, 200), True)
    ]
    differing = {each.name: each.differs for each in parts["Metrics"]}
    assert (differing["auc"], differing["log_loss"]) == (True, False)
    assert parts["Data"] == []


@pytest.mark.parametrize("names", [[], NAMES[1:2], [NAMES[1]] * 5, [str(number) for number in range(11)]])
def test_comparison_is_of_two_to_ten(registry, model, names):
    with pytest.raises(NoPage, match="2 to 10 experiments"):
        models.chosen_experiments(registry, model, names)


def test_certificate_that_is_missing_or_of_another_release_is_none(registry, model):
    experiment = models.experiments(registry, model, "", ())[0]
    assert models.certificate_of(experiment) is None
    other = experiment.model_copy(update={"evaluations": {"certificate": {"version": 99}}})
    assert models.certificate_of(other) is None


def test_true_differs_from_one():
    values = models.compared([_Experiment({"a": True}), _Experiment({"a": 1})])
    assert [each.differs for each in values["Settings"]] == [True]


class _Experiment:
    def __init__(self, configuration):
        self.configuration, self.evaluations, self.data = configuration, {}, {}
