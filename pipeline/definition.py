"""The pipeline: the one definition that every runner runs or compiles."""

import json
from dataclasses import dataclass, fields

from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.dsl.components.base import base_component, base_node
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.orchestration.pipeline import Pipeline
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel, Channel

from components.anomaly_gate import AnomalyGate
from components.anomaly_report import AnomalyReport
from components.decision import Decision
from components.default_version import DefaultVersion
from components.drift_gate import DriftGate
from components.drift_report import DriftReport
from components.evaluator import Evaluator
from components.example_gen.component import TableExampleGen
from components.example_gen.csv import CsvExampleGen
from components.example_validator import ExampleValidator
from components.in_memory_runner import in_memory_arguments
from components.latest_version import LatestVersion
from components.model_verdict import ModelVerdict
from components.monotonicity_gate import MonotonicityGate
from components.pusher import Pusher
from components.registrar import Registrar
from components.row_count_gate import RowCountGate
from components.schema_gen import SchemaGen
from components.serving_validator import ServingValidator
from components.statistics_gen import StatisticsGen
from components.trainer import Trainer
from components.transform import Transform
from components.tuner import Tuner
from penstock.config.config import Config
from penstock.core.fingerprint import fingerprint
from penstock.metadata.mlmd import connection_config
from penstock.registry.recording.cluster import facts_of
from penstock.schema.file import curated_schema
from pipeline.eval_config import eval_config, thresholds_of


def beam_arguments(config: Config) -> list[str]:
    """Return the flags of the configured runner, then those of `beam.options`."""
    return in_memory_arguments([*config.beam.flags, *config.beam.options])


_READERS = {"table": TableExampleGen, "csv": CsvExampleGen}


@dataclass(frozen=True)
class _Data:
    """The nodes from the table to its checks; both gates come before anything is trained."""

    example_gen: base_component.BaseComponent
    statistics_gen: StatisticsGen
    schema_gen: base_component.BaseComponent
    example_validator: ExampleValidator
    anomaly_report: base_component.BaseComponent
    anomaly_gate: base_component.BaseComponent
    drift_report: base_component.BaseComponent
    drift_gate: base_component.BaseComponent


def create_pipeline(config: Config) -> Pipeline:
    """Return the complete pipeline, with the components in the order of the data."""
    data = _data(config)
    training = _training(config, data)
    decision = _decision(config, data, training)
    trainer = decision[0] if decision else training[-1]
    monotonicity = _monotonicity(config, data, trainer)
    baseline, evaluator, model_verdict, row_count_gate = _evaluation(config, data, trainer)
    serving_validator = _serving_validator(config, data, (training[0], trainer), evaluator)
    serving_validator.add_upstream_node(row_count_gate)
    # A model that breaks a constraint is not blessed, so that no later run is compared with it.
    evaluator.add_upstream_nodes(monotonicity)
    pusher = Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        statistics=data.statistics_gen.outputs["statistics"],
        certificate=serving_validator.outputs["certificate"],
        directory=config.place(config.push.directory),
        custom_config={"code": fingerprint("components.pusher")},
    )
    registrar = _registrar(config, data, (model_verdict, serving_validator, pusher))
    checks = [getattr(data, field.name) for field in fields(data)]
    pushing = [row_count_gate, serving_validator, pusher, *registrar]
    return Pipeline(
        pipeline_name=config.name,
        pipeline_root=str(config.artifacts),
        components=[*checks, *training, *decision, *monotonicity, baseline, evaluator, model_verdict, *pushing],
        enable_cache=True,
        metadata_connection_config=connection_config(config.store),
        beam_pipeline_args=beam_arguments(config),
    )


def _registrar(
    config: Config, data: _Data, ended: tuple[base_node.BaseNode, base_node.BaseNode, base_node.BaseNode]
) -> list[base_node.BaseNode]:
    """Return the node that records the run of a compiled pipeline; a run here is recorded by its own process."""
    if not config.records_on_cluster:
        return []
    model_verdict, serving_validator, pusher = ended
    node: base_node.BaseNode = Registrar(
        examples=data.example_gen.outputs["examples"],
        verdict=model_verdict.outputs["verdict"],
        pushed=pusher.outputs["pushed_model"],
        certificate=serving_validator.outputs["certificate"],
        facts=facts_of(config),
        code=fingerprint("components.registrar"),
    )
    return [node]


def _data(config: Config) -> _Data:
    reader = _READERS[config.data.reader]
    example_gen = reader(config.input, splits=config.splits, code=fingerprint(reader.__module__)).with_id("ExampleGen")
    statistics_gen = StatisticsGen(
        example_gen.outputs["examples"],
        categories=config.categories,
        code=fingerprint("components.statistics_gen"),
    )
    schema_gen = _schema_gen(config, statistics_gen)
    example_validator = ExampleValidator(
        statistics_gen.outputs["statistics"],
        schema_gen.outputs["schema"],
        code=fingerprint("components.example_validator"),
    )
    anomaly_report = AnomalyReport(
        anomalies=example_validator.outputs["anomalies"],
        fail_on=config.validation.fail_on,
        columns=json.dumps(config.validation.columns, sort_keys=True),
        code=fingerprint("components.anomaly_report"),
    )
    anomaly_gate = AnomalyGate(report=anomaly_report.outputs["report"], code=fingerprint("components.anomaly_gate"))
    drift_report = DriftReport(
        statistics=statistics_gen.outputs["statistics"],
        directory=config.place(config.push.directory),
        columns=json.dumps(config.columns),
        thresholds=json.dumps({"drift": config.drift.thresholds, "skew": config.drift.skew.thresholds}, sort_keys=True),
        fail_on=config.drift.fail_on,
        code=fingerprint("components.drift_report"),
    )
    drift_gate = DriftGate(report=drift_report.outputs["report"], code=fingerprint("components.drift_gate"))
    checks = (example_validator, anomaly_report, anomaly_gate, drift_report, drift_gate)
    return _Data(example_gen, statistics_gen, schema_gen, *checks)


def _training(config: Config, data: _Data) -> list[base_node.BaseNode]:
    """Return the configured nodes of the training; Trainer is the last."""
    features = config.feature_spec.to_json()
    transform = Transform(
        data.example_gen.outputs["examples"],
        data.schema_gen.outputs["schema"],
        features=features,
        code=fingerprint("components.transform"),
    )
    transform.add_upstream_nodes([data.anomaly_gate, data.drift_gate])
    tuner = _tuner(config, data.example_gen, transform)
    warm_start = _latest_blessed_model(config, "WarmStart") if config.model.warm_start else None
    trainer = Trainer(
        examples=data.example_gen.outputs["examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=data.schema_gen.outputs["schema"],
        hyperparameters=_output(tuner, "best_hyperparameters"),
        base_model=_output(warm_start, "model"),
        custom_config={
            "features": features,
            "model": config.model.model_dump(),
            **({"monotonic": config.monotonic} if config.monotonic else {}),
            **({"held_out": True} if config.decision is not None else {}),
            "code": f"{fingerprint('modules.training')} {fingerprint('components.trainer')}",
        },
    )
    return [node for node in (transform, tuner, warm_start, trainer) if node is not None]


def _decision(config: Config, data: _Data, training: list[base_node.BaseNode]) -> list[base_node.BaseNode]:
    """Return the node that adds a decision to the model, if one is configured."""
    if config.decision is None:
        return []
    transform, trainer = training[0], training[-1]
    settings = {
        **config.decision.plain(),
        "min_rows": config.evaluation.min_slice_rows,
        "least": config.loss.least_label,
    }
    node: base_node.BaseNode = Decision(
        examples=data.example_gen.outputs["examples"],
        fitted=trainer.outputs["model"],
        model_run=trainer.outputs["model_run"],
        transform_graph=transform.outputs["transform_graph"],
        features=config.feature_spec.to_json(),
        settings=json.dumps(settings, sort_keys=True),
        code=fingerprint("components.decision"),
    )
    return [node]


def _monotonicity(config: Config, data: _Data, trainer: base_node.BaseNode) -> list[base_node.BaseNode]:
    """Return the gate of the monotonic constraints, if there are some."""
    if not config.monotonic:
        return []
    node: base_node.BaseNode = MonotonicityGate(
        examples=data.example_gen.outputs["examples"],
        model=trainer.outputs["model"],
        features=config.feature_spec.to_json(),
        directions=json.dumps(config.monotonic),
        code=fingerprint("components.monotonicity_gate"),
    )
    return [node]


def _evaluation(config: Config, data: _Data, trainer: base_node.BaseNode) -> list[base_node.BaseNode]:
    """Return the nodes that decide whether a model is pushed: Resolver, Evaluator, ModelVerdict and RowCountGate."""
    baseline = _baseline(config)
    evaluator = Evaluator(
        data.example_gen.outputs["examples"],
        trainer.outputs["model"],
        baseline.outputs["model"] if config.evaluation.baseline != "none" else None,
        eval_config=eval_config(config),
        code=fingerprint("components.evaluator"),
    )
    model_verdict = ModelVerdict(
        evaluation=evaluator.outputs["evaluation"],
        blessing=evaluator.outputs["blessing"],
        model=trainer.outputs["model"],
        thresholds=json.dumps(thresholds_of(config)),
        higher_is_better=json.dumps(config.metrics),
        min_slice_rows=config.evaluation.min_slice_rows,
        code=fingerprint("components.model_verdict"),
    )
    row_count_gate = RowCountGate(
        examples=data.example_gen.outputs["examples"],
        statistics=data.statistics_gen.outputs["statistics"],
        verdict=model_verdict.outputs["verdict"],
        code=fingerprint("components.row_count_gate"),
    )
    return [baseline, evaluator, model_verdict, row_count_gate]


def _serving_validator(
    config: Config, data: _Data, fitted: tuple[base_node.BaseNode, base_node.BaseNode], evaluator: base_node.BaseNode
) -> base_node.BaseNode:
    """Return the node that compares a server of the model with the model."""
    transform, trainer = fitted
    node: base_node.BaseNode = ServingValidator(
        examples=data.example_gen.outputs["examples"],
        model=trainer.outputs["model"],
        blessing=evaluator.outputs["blessing"],
        transform_graph=transform.outputs["transform_graph"],
        features=config.feature_spec.to_json(),
        settings=json.dumps({**config.serving.model_dump(), "server": fingerprint("components.candidate_server")}),
        code=fingerprint("components.serving_validator"),
    )
    return node


def _baseline(config: Config) -> base_node.BaseNode:
    """Return the node that finds the model to compare with: the latest blessed one, or the one of `default`."""
    if config.evaluation.baseline != "default":
        return _latest_blessed_model(config, "Resolver")
    node: base_node.BaseNode = DefaultVersion(
        folder=config.baseline.folder if config.baseline else "",
        digest=config.baseline.digest if config.baseline else "",
        code=fingerprint("components.default_version"),
    )
    return node.with_id("Resolver")


def _schema_gen(config: Config, statistics_gen: StatisticsGen) -> base_component.BaseComponent:
    if config.schema_.file:
        return ImportSchemaGen(schema_file=curated_schema(config)).with_id("SchemaGen")
    statistics = statistics_gen.outputs["statistics"]
    weight = config.data.weight or ""
    return SchemaGen(statistics, label=config.data.label, weight=weight, code=fingerprint("components.schema_gen"))


def _tuner(config: Config, example_gen: base_component.BaseComponent, transform: Transform) -> Tuner | None:
    if config.tuning is None:
        return None
    return Tuner(
        example_gen.outputs["examples"],
        transform.outputs["transform_graph"],
        features=config.feature_spec.to_json(),
        # A change of model.warm_start alone does not repeat the search.
        model=config.model.model_dump(exclude={"warm_start"}),
        tuning={**config.tuning.model_dump(), "code": fingerprint("components.tuner")},
    )


def _latest_blessed_model(config: Config, name: str) -> base_node.BaseNode:
    """Return the node that finds the latest blessed model; Kubeflow's compiler takes no resolvers."""
    if config.target == "kubeflow":
        node: base_node.BaseNode = LatestVersion(
            directory=config.place(config.push.directory), code=fingerprint("components.latest_version")
        )
        return node.with_id(name)
    return Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
    ).with_id(name)


def _output(node: base_node.BaseNode | None, name: str) -> BaseChannel | None:
    return node.outputs[name] if node is not None else None
