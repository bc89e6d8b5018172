"""Settings and code of the nodes of two runs, as ML Metadata recorded them."""

import json

import pytest

from penstock.comparison.settings import Setting, changes, flattened, settings_of
from penstock.metadata import lineage
from tests.metadata_store import CACHED, StoreBuilder, configuration

TRAINER = {
    "custom_config": json.dumps(
        {
            "code": "abc",
            "features": json.dumps({"features": [{"name": "fare", "role": "numeric"}], "label": "tip"}),
            "model": {"family": "neural", "epochs": 8, "hidden": [32, 16]},
        }
    ),
    "run_fn": "modules.training.run_fn",
}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            TRAINER,
            {
                "code": "abc",
                "features.features.fare.name": "fare",
                "features.features.fare.role": "numeric",
                "features.label": "tip",
                "model.family": "neural",
                "model.epochs": 8,
                "model.hidden": [32, 16],
            },
        ),
        (
            {"thresholds": '[{"metric": "auc", "kind": "min", "bound": 0.9}, {"metric": "auc", "kind": "max"}]'},
            {
                "thresholds.auc min.metric": "auc",
                "thresholds.auc min.kind": "min",
                "thresholds.auc min.bound": 0.9,
                "thresholds.auc max.metric": "auc",
                "thresholds.auc max.kind": "max",
            },
        ),
        ({"query": "[no JSON", "directory": "/models", "empty": "{}"}, {"query": "[no JSON"}),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a.0.b": 1, "a.1.b": 2}),
    ],
)
def test_nested_settings_are_named_as_in_the_configuration_without_places(values, expected):
    assert dict(flattened(values)) == expected


def test_changes_are_settings_once_and_nodes_with_other_code():
    one = {"Transform": {"code": "a", "label": "tip"}, "Trainer": {"code": "b", "label": "tip", "model.epochs": 8}}
    other = {"Transform": {"code": "x", "label": "tips"}, "Trainer": {"code": "b", "label": "tips"}, "Tuner": {"a": 1}}
    found = changes(one, other)
    assert found.settings == (Setting("Transform", "label", "tip", "tips"), Setting("Trainer", "model.epochs", 8, None))
    assert found.code == ("Transform",)
    assert changes(one, one) == changes(other, other)


def test_settings_of_a_cached_node_are_those_of_the_run_that_made_its_outputs(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    made = builder.node("first", "Trainer", outputs={"model": ("Model", {})})
    [execution] = builder.store.get_executions()
    execution.custom_properties["custom_config"].string_value = TRAINER["custom_config"]
    builder.store.put_executions([execution])
    builder.node("second", "Trainer", outputs=made, state=CACHED)
    builder.node("second", "AnomalyGate")
    runs = [lineage.run(builder.config.store, name) for name in ("first", "second")]
    first, second = (settings_of(builder.config.store, run) for run in runs)
    assert first["Trainer"]["model.epochs"] == second["Trainer"]["model.epochs"] == 8
    assert second["AnomalyGate"] == {"code": "abc"}
