"""The specification for Kubeflow, run as Kubeflow runs it, gives what the local run gives."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from penstock.config.loading import load
from penstock.core.documents.data import Anomaly, AnomalyReport
from penstock.core.documents.verdict import Verdict
from penstock.metadata import lineage
from penstock.registry.documents import TokenBody
from penstock.registry.opening import connect as open_registry
from penstock.versions.digest import model_digest
from penstock.versions.folders import record_push
from penstock.versions.record import Push
from pipeline.nodes import NODES
from tests.e2e.conftest import ROOT, Project, make_project
from tests.e2e.containers import Machine, can_run
from tests.e2e.kfp_launcher import Cluster, TaskFailed
from tests.registry_server import started
from tests.stacks.comparing import between_folders, differences

pytestmark = pytest.mark.e2e

MODELS, ROWS = "/models", "/rows"
PACKAGES = ("components", "modules", "penstock", "pipeline")
# The local run trains as many passes; these are compiled, and the parameter of the run takes their place.
EPOCHS, COMPILED_EPOCHS = 8, 1
# In the order of verdicts: with the pushed version as the baseline, each metric is that of the baseline.
REPEATED = ("Resolver", "DriftReport", "Evaluator", "ModelVerdict")


def make_image(folder: Path) -> Path:
    """Make what is in an image: the code and the configuration, without rows."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package)
    return folder


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Yield a registry behind a server, with the token that the containers have."""
    folder = tmp_path_factory.mktemp("registry")
    with open_registry(f"sqlite:///{folder}/registry.sqlite", actor="ann") as database:
        _, token = database.create_token(TokenBody(name="cluster", scopes=("write",)))
    with started(folder) as (_, url), open_registry(url, token) as client:
        yield client, url, token


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, rows, registry):
    """Yield a finished run: with Kubeflow's default store, a mounted folder of rows and one of versions."""
    if not can_run():
        pytest.skip("this machine does not let us make a root for a container")
    _, url, token = registry
    folder = tmp_path_factory.mktemp("cluster")
    project = make_project(folder / "project", rows)
    settings = (f"push.directory={MODELS}", "data.source=elsewhere.csv", f"model.epochs={COMPILED_EPOCHS}")
    settings += (f"registry.uri={url}",)
    done = project.penstock("compile", "--output", "out", *(word for text in settings for word in ("--set", text)))
    assert done.returncode == 0, done.stderr
    (folder / "models").mkdir()
    image, mounts = make_image(folder / "image"), {MODELS: folder / "models", ROWS: rows.parent}
    with Machine(image, folder / "machine", mounts, {"PENSTOCK_REGISTRY__TOKEN": token}) as machine:
        run = Cluster.of(
            project.folder / "out" / "small-taxi-kubeflow.yaml",
            "minio://mlpipeline/v2/artifacts/small-taxi/1",
            lambda scratch: machine.container(scratch.name),
            folder,
            source=f"{ROWS}/{rows.name}",
            model=json.dumps({"epochs": EPOCHS}),
        )
        run.run()
        yield run


@pytest.fixture(scope="module")
def local(first_run):
    """Return a function that gives the folder of an output of the local run."""
    store = load(first_run.unchanged / "pipeline.toml", environment={}).store
    nodes = {node.id: node for node in lineage.run(store, first_run.found["run_id"]).nodes}

    def folder(node: str, key: str) -> Path:
        [output] = [output for output in nodes[node].outputs if output.key == key]
        return Path(output.uri)

    return folder


def test_only_containers_and_importers_are_left_and_each_node_runs(cluster):
    executors = cluster.specification["deploymentSpec"]["executors"]
    assert {kind for executor in executors.values() for kind in executor} <= {"container", "importer"}
    assert set(cluster.outputs) == {*NODES, "Registrar"}


def test_examples_are_those_of_the_local_run_byte_for_byte(cluster, local):
    there = cluster.files("ExampleGen", "examples")
    assert between_folders(local("ExampleGen", "examples"), there, records_or_text) == []
    metadata = cluster.metadata("ExampleGen", "examples")
    assert json.loads(metadata["rows"])["source"] == 2000
    assert metadata["source"] == f"{ROWS}/trips.csv"


def records_or_text(file: Path):
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_text()


def test_statistics_and_schema_are_those_of_the_local_run(cluster, local):
    there = cluster.files("StatisticsGen", "statistics")
    assert between_folders(local("StatisticsGen", "statistics"), there, Path.read_bytes) == []
    there = cluster.files("SchemaGen", "schema")
    assert between_folders(local("SchemaGen", "schema"), there, Path.read_text) == []


def test_vocabularies_are_those_of_the_local_run(cluster, local):
    here, there = local("Transform", "transform_graph"), cluster.files("Transform", "transform_graph")
    assert between_folders(here / "transform_fn" / "assets", there / "transform_fn" / "assets", Path.read_bytes) == []


def test_metrics_and_verdict_are_those_of_the_local_run(cluster, local):
    here, there = (json.loads((folder / Verdict.FILE).read_text()) for folder in verdicts(cluster, local))
    assert differences(here, there, tolerance=1e-6) == []
    assert there["blessed"] is True


def verdicts(cluster, local):
    return local("ModelVerdict", "verdict"), cluster.files("ModelVerdict", "verdict")


def test_pushed_version_predicts_as_that_of_the_local_run(cluster, first_run, tmp_path):
    versions = cluster.folder / "models"
    assert [child.name for child in versions.iterdir() if child.name.isdecimal()] == ["1"]
    rows, scores = first_run.unchanged / "trips.csv", []
    for name, folder in {"local": first_run.unchanged / "models", "cluster": versions}.items():
        file = tmp_path / f"{name}.jsonl"
        done = Project(tmp_path).penstock("predict", str(rows), "--model", str(folder / "1"), "--output", str(file))
        assert done.returncode == 0, done.stderr
        scores.append([json.loads(line) for line in file.read_text().splitlines()])
    assert len(scores[0]) == 2000
    assert differences(*scores, tolerance=1e-6) == []
    assert cluster.metadata("Pusher", "pushed_model")["pushed"] == 1


def test_registrar_records_the_run_and_its_version_behind_the_server_and_a_retry_nothing_twice(cluster, registry):
    client, _, token = registry
    model = client.model_named("small-taxi", "small-taxi")
    [experiment], [version] = client.experiments(model_id=model.id).items, client.versions(model.id).items
    assert (experiment.state, experiment.data["rows"]) == ("pushed", rows_of(cluster))
    assert experiment.artifacts["Pusher.pushed_model"] == cluster.outputs["Pusher"]["pushed_model"]["uri"]
    assert (version.number, version.folder, version.aliases) == (1, f"{MODELS}/1", ("default",))
    assert version.digest == model_digest(cluster.folder / "models" / "1")
    before = client.events()
    assert before.items[-1].actor == "cluster"
    assert token not in json.dumps(cluster.specification)
    cluster.launch("Registrar")
    assert client.events() == before


def rows_of(cluster):
    """Return the number of rows of each split."""
    counts = json.loads(cluster.metadata("ExampleGen", "examples")["rows"])
    return {split: count for split, count in counts.items() if split not in ("source", "quarantined")}


def test_metadata_names_the_places_of_the_store_and_none_of_a_container(cluster):
    recorded = [found for outputs in cluster.outputs.values() for found in outputs.values()]
    assert [found for found in recorded if '"/minio/' in json.dumps(found)] == []
    blessing = cluster.metadata("Evaluator", "blessing")
    assert blessing["current_model"] == cluster.outputs["Trainer"]["model"]["uri"]


def test_gate_that_refuses_the_data_fails_its_task_and_says_why(cluster):
    file = cluster.files("AnomalyReport", "report") / AnomalyReport.FILE
    before = file.read_text()
    anomaly = Anomaly(
        column="fare", split="eval", kind="COLUMN_MISSING", severity="error", description="it is missing", fails=True
    )
    file.write_text(AnomalyReport(anomalies=(anomaly,)).text())
    try:
        with pytest.raises(TaskFailed, match=r"AnomalyGate ended with 1:(?s:.)*fare, split eval: COLUMN_MISSING"):
            cluster.launch("AnomalyGate")
    finally:
        file.write_text(before)


def test_first_run_finds_no_version(cluster):
    assert not cluster.files("Resolver", "model").exists()


@pytest.fixture(scope="module")
def repeated(cluster):
    """Run some nodes once more, with the version that the first run pushed; the other ones would be cached."""
    before = dict(cluster.outputs)
    for node in REPEATED:
        cluster.launch(node)
    yield cluster
    cluster.outputs = before


def test_next_run_compares_with_the_pushed_version(repeated):
    verdict = json.loads((repeated.files("ModelVerdict", "verdict") / Verdict.FILE).read_text())
    assert verdict["metrics"]["auc"]["baseline"] == verdict["metrics"]["auc"]["model"]
    assert repeated.metadata("Resolver", "model")["pushed_version"] == "1"
    report = json.loads((repeated.files("DriftReport", "report") / "report.json").read_text())
    assert report["version"] == 1


def test_model_that_is_found_is_the_trained_one_file_by_file(repeated):
    found, trained = (repeated.files(node, "model") / "Format-Serving" for node in ("Resolver", "Trainer"))
    assert between_folders(trained, found, Path.read_bytes) == []


def test_damaged_version_is_passed_over_and_the_one_before_is_found(repeated):
    """As TFX's Resolver does on the same history: tests/components/test_latest_version.py compares the two."""
    versions = repeated.folder / "models"
    shutil.copytree(versions / "1", versions / "2")
    record_push(versions / "2", Push(2, "another artifact"))
    (versions / "2" / "saved_model.pb").write_bytes(b"damaged")
    try:
        repeated.launch("Resolver")
        assert repeated.metadata("Resolver", "model")["pushed_version"] == "1"
        (versions / "1" / "saved_model.pb").rename(versions / "aside")
        repeated.launch("Resolver")
        assert not repeated.files("Resolver", "model").exists()
    finally:
        shutil.rmtree(versions / "2")
        (versions / "aside").rename(versions / "1" / "saved_model.pb")
