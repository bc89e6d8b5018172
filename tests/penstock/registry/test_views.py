"""What the commands print of the registry's documents as JSON."""

from penstock.registry.documents import AliasMove
from penstock.registry.views import alias_moves, experiment_entry, model_view, move_view, value_of
from tests.registry_rows import body, pushed


def test_model_has_the_count_of_its_versions_and_its_default(registry, model):
    assert (model_view(registry, model)["versions"], model_view(registry, model)["default"]) == (0, None)
    for number in (1, 2):
        pushed(registry, model.id, number)
    view = model_view(registry, model)
    assert (view["versions"], view["default"], view["metric"], view["value"]) == (2, 1, "auc", 0.9)


def test_moves_of_aliases_come_last_one_first(registry, model):
    for number in (1, 2):
        pushed(registry, model.id, number)
    registry.move_alias(model.id, "default", AliasMove(version=2, why="better"))
    moves = [move_view(event) for event in alias_moves(registry, model)]
    assert [(move["from"], move["to"], move["actor"]) for move in moves] == [(1, 2, "ann"), (None, 1, "ann")]


def test_metric_and_setting_are_found_by_their_names(registry, model):
    experiment = registry.record_experiment(body(model.id))
    names = ("metric.auc", "setting.model.rounds", "metric.none", "setting.none")
    assert [value_of(experiment, name) for name in names] == [0.9, 100, None, None]
    assert experiment_entry(experiment, names[:1])["values"] == {"metric.auc": 0.9}
    assert "values" not in experiment_entry(experiment)
