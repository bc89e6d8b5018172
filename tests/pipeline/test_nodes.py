"""The table of the nodes, and that TFX's pipeline has the same edges, optional nodes and cache settings."""

import pytest

from penstock.core.errors import ConfigError
from pipeline.nodes import NODES, TABLE, known_node, nodes_of, resolvers_for, rows_read, upstream_of
from pipeline.plan import RunOptions, compile_plan
from tests.metadata_store import configuration

OPTIONAL = ["tuning.trials=2", "model.warm_start=true", "decision.recall=0.9"]
# No family has all of them.
MONOTONIC = ['features={miles={role="numeric", monotonic="increasing"}}', "model.family=trees"]


def test_table_names_each_node_once_and_after_its_upstream_nodes():
    seen = []
    for spec in TABLE:
        assert spec.id not in seen
        assert [node for node in spec.upstream if node not in seen] == []
        seen.append(spec.id)


@pytest.mark.parametrize(
    ("node", "rows"),
    [
        ("ExampleGen", 100),
        ("StatisticsGen", 100),
        ("Tuner", 67),
        ("Trainer", 67),
        ("Evaluator", 33),
        ("Pusher", None),
        ("Nobody", None),
    ],
)
def test_rows_of_a_node_are_those_of_the_splits_it_reads(node, rows):
    assert rows_read(node, {"train": 67, "eval": 33}) == rows
    assert rows_read(node, {}) is None


def test_upstream_nodes_are_the_configured_ones_in_order(tmp_path):
    plain = ("ExampleGen", "SchemaGen", "Transform")
    assert upstream_of(configuration(tmp_path), "Trainer") == plain
    assert upstream_of(configuration(tmp_path, *OPTIONAL), "Trainer") == (*plain, "Tuner", "WarmStart")


@pytest.mark.parametrize(
    ("nodes", "resolvers"),
    [
        (["Trainer", "Evaluator", "Pusher"], {"WarmStart", "Resolver"}),
        (["Evaluator"], {"Resolver"}),
        (["Transform", "Pusher"], set()),
    ],
)
def test_latest_blessed_model_is_looked_up_for_the_nodes_that_need_it(nodes, resolvers):
    assert resolvers_for(nodes) == resolvers


def test_unknown_name_of_a_node_is_refused_with_the_nearest(tmp_path):
    config = configuration(tmp_path)
    assert [known_node(config, node) for node in nodes_of(config)] == list(NODES)
    with pytest.raises(ConfigError, match="node Trainr: .*received 'Trainr' .did you mean 'Trainer'"):
        known_node(config, "Trainr")


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        [],
        OPTIONAL[:1],
        OPTIONAL[1:],
        OPTIONAL,
        MONOTONIC,
        [*MONOTONIC, "decision.recall=0.9"],
        ["schema.file=schema.pbtxt"],
        ["evaluation.baseline=none"],
        ["data.reader=csv"],
    ],
    ids=lambda settings: " ".join(settings) or "defaults",
)
def test_pipeline_of_tfx_has_the_nodes_and_the_edges_of_the_table(tmp_path, settings):
    from tfx.dsl.components.common.resolver import Resolver

    from pipeline.definition import create_pipeline

    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    (tmp_path / "schema.pbtxt").write_text('feature { name: "miles" type: FLOAT }\n')
    config = configuration(tmp_path, *settings)
    components = create_pipeline(config).components
    found = {component.id: {node.id for node in component.upstream_nodes} for component in components}
    assert found == {node: set(upstream_of(config, node)) for node in nodes_of(config)}
    resolvers = {component.id for component in components if isinstance(component, Resolver)}
    assert resolvers == {spec.id for spec in TABLE if spec.resolves and spec.id in found}


@pytest.mark.slow
def test_node_bypasses_the_cache_if_the_table_says_so(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    cached = {
        node.pipeline_node.node_info.id: node.pipeline_node.execution_options.caching_options.enable_cache
        for settings in (MONOTONIC, OPTIONAL)
        for node in compile_plan(configuration(tmp_path, *settings), RunOptions("now")).nodes
    }
    assert cached == {spec.id: spec.cached for spec in TABLE if spec.id != "Registrar"}
    assert {node for node, is_cached in cached.items() if not is_cached} == {"DriftReport", "Pusher"}


@pytest.mark.slow
def test_node_that_reads_rows_has_examples_as_input_or_output(tmp_path):
    from pipeline.definition import create_pipeline

    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    with_examples = {
        component.id
        for settings in (MONOTONIC, OPTIONAL)
        for component in create_pipeline(configuration(tmp_path, *settings)).components
        for channel in (*component.inputs.values(), *component.outputs.values())
        if channel.type.TYPE_NAME == "Examples"
    }
    # The gate reads the counts in a property of the examples.
    assert {spec.id for spec in TABLE if spec.splits is not None} == with_examples - {"RowCountGate"}


def test_registrar_is_a_node_of_a_compiled_pipeline_with_a_server(tmp_path):
    config = configuration(tmp_path, "registry.uri=https://registry.example.org")
    assert "Registrar" not in nodes_of(config)
    assert nodes_of(config.compiled_for("kubeflow"))[-2:] == ("Pusher", "Registrar")
    off = configuration(tmp_path, "registry.uri=https://registry.example.org", "registry.record=false")
    assert "Registrar" not in nodes_of(off.compiled_for("kubeflow"))
    assert "Registrar" not in nodes_of(configuration(tmp_path).compiled_for("vertex"))
