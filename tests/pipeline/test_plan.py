"""The plan of a run: its name, its nodes, and the reused outputs."""

from datetime import datetime

import pytest

from penstock.core.errors import ConfigError
from pipeline import plan
from pipeline.nodes import NODES, nodes_of
from pipeline.plan import RunOptions, check_earlier_run, check_nodes, compile_plan, new_run_id, unfinished_run
from tests.metadata_store import FAILED, RUNNING, StoreBuilder, configuration


class Noon(datetime):
    """A clock that always shows the same time."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 5, 4, 12, 0, 0)


def test_run_is_named_after_the_time_and_numbered_within_a_second(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "datetime", Noon)
    config = configuration(tmp_path)
    names = []
    for _ in range(3):
        names.append(new_run_id(config))
        StoreBuilder(config).node(names[-1], "ExampleGen")
    assert names == ["20260504-120000", "20260504-120000-2", "20260504-120000-3"]


@pytest.mark.parametrize(
    ("first", "last"),
    [(None, None), ("Trainer", None), (None, "Trainer"), ("Trainer", "Trainer"), ("ExampleGen", "Pusher")],
)
def test_nodes_in_their_order_are_accepted(tmp_path, first, last):
    check_nodes(configuration(tmp_path), RunOptions("r", first, last))


@pytest.mark.parametrize(
    ("settings", "before_trainer"),
    [
        ([], ("Transform",)),
        (["tuning.trials=2"], ("Transform", "Tuner")),
        (["model.warm_start=true"], ("Transform", "WarmStart")),
        (["tuning.trials=2", "model.warm_start=true"], ("Transform", "Tuner", "WarmStart")),
    ],
)
def test_nodes_follow_the_configuration(tmp_path, settings, before_trainer):
    found = nodes_of(configuration(tmp_path, *settings))
    assert found[found.index("Transform") : found.index("Trainer")] == before_trainer
    assert tuple(node for node in found if node in NODES) == NODES
    check_nodes(configuration(tmp_path, *settings), RunOptions("r", before_trainer[-1], "Trainer"))


@pytest.mark.parametrize(("node", "key"), [("Tuner", "[tuning]"), ("WarmStart", "model.warm_start")])
def test_node_that_is_not_configured_is_refused_with_its_key(tmp_path, node, key):
    with pytest.raises(ConfigError) as refused:
        check_nodes(configuration(tmp_path), RunOptions("r", node))
    expected = f"--from {node}: expected a node that is configured, received no {key}; set {key}, or name another."
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (
            "Trainr",
            None,
            f"--from Trainr: expected one of {', '.join(NODES)}, received 'Trainr' (did you mean 'Trainer'?); "
            "name a node of the pipeline.",
        ),
        (
            None,
            "",
            f"--to : expected one of {', '.join(NODES)}, received ''; name a node of the pipeline.",
        ),
        (
            "Pusher",
            "Trainer",
            "--from Pusher --to Trainer: expected the first node before the last, received the reverse; swap the two.",
        ),
    ],
)
def test_unknown_or_reversed_nodes_are_refused(tmp_path, first, last, sentence):
    with pytest.raises(ConfigError) as refused:
        check_nodes(configuration(tmp_path), RunOptions("r", first, last))
    assert str(refused.value) == sentence


@pytest.mark.parametrize("states", [{"ExampleGen": FAILED}, {"ExampleGen": 3, "Trainer": RUNNING}])
def test_run_that_failed_or_was_killed_can_be_resumed(tmp_path, states):
    builder = StoreBuilder(configuration(tmp_path))
    builder.whole_run("20260101-000001")
    for node, state in states.items():
        builder.node("20260101-000002", node, state=state)
    assert unfinished_run(builder.config) == "20260101-000002"


@pytest.mark.parametrize(("version", "ended"), [(1, "pushed"), (None, "refused")])
def test_run_that_is_complete_cannot_be_resumed(tmp_path, version, ended):
    builder = StoreBuilder(configuration(tmp_path))
    builder.node("20260101-000001", "ExampleGen", state=FAILED)
    builder.whole_run("20260101-000002", version=version)
    with pytest.raises(ConfigError) as refused:
        unfinished_run(builder.config)
    assert str(refused.value) == (
        "resume: expected a last run that failed or was killed, "
        f"received run 20260101-000002, which ended: {ended}; write `penstock run`."
    )


def test_store_without_a_run_has_nothing_to_resume(tmp_path):
    with pytest.raises(ConfigError, match="received no run; write `penstock run`"):
        unfinished_run(configuration(tmp_path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a project with one complete run, one that failed at Trainer, and a pushed version."""
    path = tmp_path_factory.mktemp("plan")
    (path / "trips.csv").write_text("miles,tip\n1,0\n")
    builder = StoreBuilder(configuration(path))
    for name, nodes in {"whole": NODES, "broken": NODES[: NODES.index("Trainer")]}.items():
        for node in nodes:
            builder.node(name, node)
    builder.node("broken", "Trainer", state=FAILED)
    (path / "models" / "1").mkdir(parents=True)
    return path


def compiled(folder, *settings, **options):
    """Return by node `run`, `skip` or `reuse`, and whether the cache is used."""
    ir = compile_plan(configuration(folder, *settings), RunOptions("now", **options))
    assert ir.runtime_spec.pipeline_run_id.field_value.string_value == "now"
    nodes = {}
    for node in (each.pipeline_node for each in ir.nodes):
        settings = node.execution_options
        if settings.HasField("skip"):
            state = "reuse" if settings.skip.reuse_artifacts_mode == settings.skip.REQUIRED else "skip"
        else:
            state = "run"
        nodes[node.node_info.id] = state, settings.caching_options.enable_cache
    return nodes


def states(nodes):
    return {state: {node for node, (each, _) in nodes.items() if each == state} for state in ("run", "reuse", "skip")}


@pytest.mark.slow
def test_complete_plan_runs_every_node_with_the_cache(folder):
    # These two read the pushed versions.
    looking = dict.fromkeys(("DriftReport", "Pusher"), ("run", False))
    assert compiled(folder) == {**dict.fromkeys(NODES, ("run", True)), **looking}


@pytest.mark.slow
def test_plan_without_the_cache_uses_it_for_no_node(folder):
    assert compiled(folder, cache=False) == dict.fromkeys(NODES, ("run", False))


@pytest.mark.slow
def test_plan_from_a_node_reuses_the_outputs_of_earlier_nodes(folder):
    nodes = compiled(folder, from_node="Trainer")
    # The Resolver runs again, so that the model is compared with the latest blessed one.
    running = {"Resolver", "Trainer", "Evaluator", "ModelVerdict", "RowCountGate", "ServingValidator", "Pusher"}
    assert states(nodes) == {"run": running, "reuse": set(NODES) - running, "skip": set()}


@pytest.mark.slow
def test_plan_with_a_warm_start_looks_up_its_model_only_if_it_trains(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    settings = ("model.warm_start=true", "tuning.trials=2")
    config = configuration(tmp_path, *settings)
    builder = StoreBuilder(config)
    for node in nodes_of(config):
        builder.node("whole", node)
    after = {"Resolver", "Evaluator", "ModelVerdict", "RowCountGate", "ServingValidator", "Pusher"}
    assert states(compiled(tmp_path, *settings, from_node="Trainer"))["run"] == {"WarmStart", "Trainer", *after}
    assert states(compiled(tmp_path, *settings, from_node="Evaluator"))["run"] == after


@pytest.mark.slow
def test_plan_to_a_node_skips_those_after_it(folder):
    nodes = compiled(folder, to_node="Transform")
    assert states(nodes)["run"] == set(NODES[: NODES.index("Trainer")])
    assert states(nodes)["skip"] == set(NODES[NODES.index("Trainer") :])


@pytest.mark.slow
def test_resumed_plan_runs_the_unfinished_nodes(folder):
    nodes = compiled(folder, resume="broken")
    assert states(nodes)["run"] == set(NODES[NODES.index("Trainer") :])
    assert {"ExampleGen", "SchemaGen", "Transform"} <= states(nodes)["reuse"]


@pytest.mark.slow
def test_plan_from_the_first_node_runs_every_node_and_needs_no_earlier_run(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    assert states(compiled(tmp_path, from_node="ExampleGen"))["run"] == set(NODES)
    stopped = states(compiled(tmp_path, from_node="ExampleGen", to_node="SchemaGen"))
    assert stopped["run"] == {"ExampleGen", "StatisticsGen", "SchemaGen"}
    check_earlier_run(configuration(tmp_path), RunOptions("now", from_node="ExampleGen"))


WITHOUT_RUN = (
    "--from StatisticsGen: expected an earlier run that finished ExampleGen, received none; run once without --from."
)


@pytest.mark.slow
def test_plan_from_a_node_without_an_earlier_run_is_refused(tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    with pytest.raises(ConfigError) as refused:
        compile_plan(configuration(tmp_path), RunOptions("now", from_node="StatisticsGen"))
    assert str(refused.value) == WITHOUT_RUN


def test_earlier_run_is_checked_without_the_compiled_pipeline(tmp_path):
    config = configuration(tmp_path)
    builder = StoreBuilder(config)
    with pytest.raises(ConfigError) as refused:
        check_earlier_run(config, RunOptions("now", from_node="StatisticsGen"))
    assert str(refused.value) == WITHOUT_RUN
    check_earlier_run(config, RunOptions("now", to_node="Trainer"))
    builder.node("earlier", "ExampleGen")
    check_earlier_run(config, RunOptions("now", from_node="StatisticsGen"))
    with pytest.raises(ConfigError, match="an earlier run that finished AnomalyGate, DriftGate, ExampleGen, SchemaGen"):
        check_earlier_run(config, RunOptions("now", from_node="Transform"))


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["", "tuning.trials=2", "model.warm_start=true", "evaluation.baseline=none"])
def test_both_checks_of_an_earlier_run_ask_for_the_same_nodes(tmp_path, setting):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    config = configuration(tmp_path, *filter(None, [setting]))
    for node in nodes_of(config)[1:]:
        options = RunOptions("now", from_node=node)
        said = []
        for check in (check_earlier_run, compile_plan):
            try:
                check(config, options)
            except ConfigError as refused:
                said.append(str(refused))
        assert len(said) in (0, 2), node
        assert len(set(said)) <= 1, node
