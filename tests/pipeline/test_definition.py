"""The definition: its nodes and edges, the code in each cache key, and no side effects."""

import ast
import inspect
import json

import pytest

from penstock.core.fingerprint import PROJECT, fingerprint
from pipeline.nodes import NODES, nodes_of, upstream_of
from tests.metadata_store import CONFIGURATION, configuration

pytestmark = pytest.mark.slow

EDGES = [
    ("ExampleGen", []),
    ("StatisticsGen", ["ExampleGen"]),
    ("SchemaGen", ["StatisticsGen"]),
    ("ExampleValidator", ["SchemaGen", "StatisticsGen"]),
    ("AnomalyReport", ["ExampleValidator"]),
    ("AnomalyGate", ["AnomalyReport"]),
    ("DriftReport", ["StatisticsGen"]),
    ("DriftGate", ["DriftReport"]),
    ("Transform", ["AnomalyGate", "DriftGate", "ExampleGen", "SchemaGen"]),
    ("Trainer", ["ExampleGen", "SchemaGen", "Transform"]),
    ("Resolver", []),
    ("Evaluator", ["ExampleGen", "Resolver", "Trainer"]),
    ("ModelVerdict", ["Evaluator", "Trainer"]),
    ("RowCountGate", ["ExampleGen", "ModelVerdict", "StatisticsGen"]),
    ("ServingValidator", ["Evaluator", "ExampleGen", "RowCountGate", "Trainer", "Transform"]),
    ("Pusher", ["Evaluator", "ServingValidator", "StatisticsGen", "Trainer"]),
]
CODE = {
    "ExampleGen": "components.example_gen.component",
    "SchemaGen": "components.schema_gen",
    "AnomalyReport": "components.anomaly_report",
    "AnomalyGate": "components.anomaly_gate",
    "DriftReport": "components.drift_report",
    "DriftGate": "components.drift_gate",
    "Transform": "components.transform",
    "Trainer": "modules.training",
    "Evaluator": "modules.evaluation",
    "ModelVerdict": "components.model_verdict",
    "RowCountGate": "components.row_count_gate",
    "ServingValidator": "components.serving_validator",
    "Pusher": "components.pusher",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    return tmp_path


def built(folder, *settings):
    from pipeline.definition import create_pipeline

    return create_pipeline(configuration(folder, *settings))


def parameters(folder, *settings):
    """Return the settings in the cache key of each node as text."""
    from tfx.dsl.compiler.compiler import Compiler

    ir = Compiler().compile(built(folder, *settings))
    return {node.pipeline_node.node_info.id: str(node.pipeline_node.parameters) for node in ir.nodes}


def test_nodes_and_edges_are_these(folder):
    components = built(folder).components
    found = {component.id: sorted(node.id for node in component.upstream_nodes) for component in components}
    assert found == dict(EDGES)
    assert [node for node, _ in EDGES] == list(NODES)


@pytest.mark.parametrize(
    ("settings", "added", "of_trainer"),
    [
        (["tuning.trials=2"], {"Tuner": ["ExampleGen", "Transform"]}, ["Tuner"]),
        (["model.warm_start=true"], {"WarmStart": []}, ["WarmStart"]),
        (
            ["tuning.trials=2", "model.warm_start=true"],
            {"Tuner": ["ExampleGen", "Transform"], "WarmStart": []},
            ["Tuner", "WarmStart"],
        ),
    ],
)
def test_tuner_and_warm_start_come_in_before_trainer_where_configured(folder, settings, added, of_trainer):
    components = built(folder, *settings).components
    found = {component.id: sorted(node.id for node in component.upstream_nodes) for component in components}
    before = dict(EDGES)
    assert found == {**before, **added, "Trainer": sorted([*before["Trainer"], *of_trainer])}
    assert set(found) == set(nodes_of(configuration(folder, *settings)))


def test_decision_comes_in_after_trainer_where_configured(folder):
    components = built(folder, "decision.recall=0.9").components
    found = {component.id: sorted(node.id for node in component.upstream_nodes) for component in components}
    before = {node: sorted("Decision" if each == "Trainer" else each for each in upstream) for node, upstream in EDGES}
    assert found == {**before, "Decision": ["ExampleGen", "Trainer", "Transform"]}
    config = configuration(folder, "decision.recall=0.9")
    assert set(found) == set(nodes_of(config))
    assert {node: list(upstream_of(config, node)) for node in found} == {
        node: [each for each in nodes_of(config) if each in upstream] for node, upstream in found.items()
    }


def test_gate_of_monotonic_constraints_comes_before_the_evaluation(folder):
    rising = ['features.miles={role="numeric", monotonic="increasing"}', "model.family=trees"]
    components = built(folder, *rising).components
    found = {component.id: sorted(node.id for node in component.upstream_nodes) for component in components}
    evaluated = sorted([*dict(EDGES)["Evaluator"], "MonotonicityGate"])
    assert found == {**dict(EDGES), "MonotonicityGate": ["ExampleGen", "Trainer"], "Evaluator": evaluated}
    before, after = parameters(folder, *rising[1:]), parameters(folder, *rising)
    # Neither rows nor transform depend on the constraint.
    assert {node for node in before if before[node] != after[node]} == {"Trainer"}


def test_change_of_costs_trains_nothing_again(folder):
    before, after = (parameters(folder, f"decision.costs={{fp=1, fn={fn}}}") for fn in (8, 9))
    assert {node for node in before if before[node] != after[node]} == {"Decision", "Evaluator"}
    other = parameters(folder, "decision.coverage=0.9")
    changed = {node for node in before if before[node] != other[node]}
    assert changed == {"Decision", "Evaluator", "ModelVerdict"}


@pytest.mark.parametrize(("loss", "least"), [("poisson", 0.0), ("tweedie", 0.0), ("squared", None)])
def test_decision_gets_the_bound_of_the_labels_of_the_loss(folder, loss, least):
    from pipeline.definition import create_pipeline

    text = CONFIGURATION.replace('metric = "auc"\nmin', 'metric = "rmse"\nmax')
    settings = ("model.task=regression", f"model.loss={loss}", "decision.coverage=0.9")
    nodes = create_pipeline(configuration(folder, *settings, text=text)).components
    [decision] = [node for node in nodes if node.id == "Decision"]
    assert json.loads(decision.exec_properties["settings"])["least"] == least


def test_warm_start_is_no_reason_to_search_again_and_the_search_holds_its_code(folder):
    tuned, warm = (parameters(folder, "tuning.trials=2", *more) for more in ([], ["model.warm_start=true"]))
    assert tuned["Tuner"] == warm["Tuner"]
    assert fingerprint("components.tuner") in tuned["Tuner"]
    assert parameters(folder, "tuning.trials=3")["Tuner"] != tuned["Tuner"]


def test_definition_has_one_argument_and_is_short():
    from pipeline import definition

    assert list(inspect.signature(definition.create_pipeline).parameters) == ["config"]
    (function,) = [
        node
        for node in ast.parse((PROJECT / "pipeline" / "definition.py").read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "create_pipeline"
    ]
    assert function.end_lineno - function.lineno + 1 <= 120
    assert sum(isinstance(node, ast.If | ast.IfExp) for node in ast.walk(function)) <= 2


def test_cache_key_of_each_node_of_ours_holds_the_fingerprint_of_its_code(folder):
    found = parameters(folder)
    assert {node for node, module in CODE.items() if fingerprint(module) not in found[node]} == set()


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("model.epochs=3", {"Trainer"}),
        ("features.miles=categorical", {"ExampleGen", "StatisticsGen", "Transform", "Trainer", "ServingValidator"}),
        ("features.miles=timestamp", {"ExampleGen", "Transform", "Trainer", "ServingValidator"}),
        ("evaluation.min=0.8", {"Evaluator", "ModelVerdict"}),
        ("evaluation.confidence=0.99", {"Evaluator"}),
        ("evaluation.min_slice_rows=50", {"ModelVerdict"}),
        ("validation.fail_on=warning", {"AnomalyReport"}),
        ("data.query=FROM source", {"ExampleGen"}),
        ("data.split.eval=0.2", {"ExampleGen"}),
        ("push.directory=elsewhere", {"DriftReport", "Pusher"}),
        ("serving.p99_ms=50", {"ServingValidator"}),
        ("serving.check=false", {"ServingValidator"}),
        ("drift.numbers=0.3", {"DriftReport"}),
        ("drift.fail_on=drift", {"DriftReport"}),
        ("drift.skew.numbers=0.3", {"DriftReport"}),
        ('beam.options=["--temp_location=/t"]', set()),
    ],
)
def test_setting_changes_the_nodes_that_use_it_and_no_other(folder, setting, changed):
    before, after = parameters(folder), parameters(folder, setting)
    assert {node for node in before if before[node] != after[node]} == changed


@pytest.mark.parametrize(
    ("task", "metric", "counted"),
    [
        ("binary", "auc", ["paid", "tip", "toll"]),
        ("multiclass", "accuracy", ["paid", "tip", "toll"]),
        ("regression", "r2", ["paid", "toll"]),
    ],
)
def test_categories_are_counted_and_features_and_label_compared(folder, task, metric, counted):
    roles = ["features.paid=categorical", "features.toll=boolean", "features.word=text"]
    settings = [*roles, f"model.task={task}", f"evaluation.metric={metric}", "evaluation.min=0.1"]
    components = {component.id: component for component in built(folder, *settings).components}
    assert json.loads(components["StatisticsGen"].exec_properties["categories"]) == counted
    compared = json.loads(components["DriftReport"].exec_properties["columns"])
    assert compared == ["miles", "paid", "toll", "word", "tip"]


def test_building_writes_nothing_to_the_disk(folder):
    built(folder)
    assert sorted(path.name for path in folder.rglob("*")) == ["pipeline.toml", "trips.csv"]


def test_pipeline_has_the_names_and_folders_of_the_configuration(folder):
    pipeline = built(folder, 'beam.options=["--x=1"]')
    assert pipeline.pipeline_info.pipeline_name == "taxi"
    assert pipeline.pipeline_info.pipeline_root == str(folder / "state" / "artifacts" / "taxi")
    assert pipeline.enable_cache
    assert pipeline.metadata_connection_config.sqlite.filename_uri == str(folder / "state" / "metadata.sqlite")
    assert pipeline.beam_pipeline_args == ["--x=1"]


def test_curated_schema_takes_the_place_of_the_inferred_one(folder):
    (folder / "schema.pbtxt").touch()
    components = {component.id: component for component in built(folder, "schema.file=schema.pbtxt").components}
    assert set(components) == set(NODES)
    assert type(components["SchemaGen"]).__name__ == "ImportSchemaGen"
    assert components["SchemaGen"].exec_properties["schema_file"] == str(folder / "schema.pbtxt")
    assert [node.id for node in components["SchemaGen"].upstream_nodes] == []


def test_second_building_gives_the_same_pipeline(folder):
    assert parameters(folder) == parameters(folder)


def test_trainer_receives_the_model_settings_and_the_features(folder):
    text = CONFIGURATION + "[model]\nepochs = 3\n"
    from pipeline.definition import create_pipeline

    config = configuration(folder, text=text)
    (trainer,) = [c for c in create_pipeline(config).components if c.id == "Trainer"]
    given = json.loads(trainer.exec_properties["custom_config"])
    assert given["model"]["epochs"] == 3
    assert given["features"] == config.feature_spec.to_json()
    assert trainer.exec_properties["run_fn"] == "modules.training.run_fn"
