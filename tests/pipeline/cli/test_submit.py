"""`penstock submit`: it compiles, sends what it compiled, and prints the run; bad arguments are refused before that."""

import json

import pytest
import yaml
from google.protobuf import json_format

from tests.kfp_server import API, RUN, serving
from tests.metadata_store import CONFIGURATION
from tests.pipeline.cli.command import penstock
from tests.pipeline.submission.specifications import specification, written

READY = '[kubeflow]\nroot = "gs://mine/runs"\nimage = "registry.example.com/penstock:1"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION.replace('"models"', '"gs://bucket/models"') + READY)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--target", "spark"], "--target spark: expected kubeflow or vertex, received 'spark'; choose one of them."),
        (["--parameter", "source"], "--parameter source: expected NAME=VALUE, received 'source'; write for example"),
        (["--file", "none.yaml"], "none.yaml: expected a compiled pipeline (NAME-TARGET.yaml), received no such file"),
    ],
)
def test_bad_argument_is_refused_before_anything_is_compiled(folder, arguments, sentence):
    result = penstock(folder, "submit", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)
    assert sorted(path.name for path in folder.iterdir()) == ["pipeline.toml"]


def test_time_to_wait_is_at_least_a_second(folder):
    result = penstock(folder, "submit", "--timeout", "0")
    assert result.returncode == 2
    assert "--timeout" in result.stderr


@pytest.mark.slow
def test_what_is_compiled_is_what_is_sent(folder):
    from kfp.pipeline_spec import pipeline_spec_pb2

    settings = ["--set", "kubeflow.secrets.KEY=bucket/key", "--set", "kubeflow.resources.Trainer.memory=8Gi"]
    with serving() as server:
        host = ["--set", f"kubeflow.host={server.address}", "--set", "kubeflow.retries=2"]
        result = penstock(folder, "submit", "--json", "--name", "run 7", *settings, *host)
    assert (result.returncode, result.stderr) == (0, "")
    link = f"{server.address}/#/runs/details/{RUN}"
    file = "compiled/taxi-kubeflow.yaml"
    assert json.loads(result.stdout) == {"target": "kubeflow", "file": file, "run": RUN, "link": link}
    [run] = server.of("POST", "/runs")
    documents = list(yaml.safe_load_all((folder / file).read_text()))
    kinds = (pipeline_spec_pb2.PipelineSpec, pipeline_spec_pb2.PlatformSpec)
    sent = [run.body["pipeline_spec"][name] for name in ("pipeline_spec", "platform_spec")]
    for kind, document, received in zip(kinds, documents, sent, strict=True):
        assert json_format.ParseDict(received, kind()) == json_format.ParseDict(document, kind())
    trainer = sent[0]["deploymentSpec"]["executors"]["Trainer_executor"]["container"]
    assert trainer["resources"]["resourceMemoryLimit"] == "8Gi"
    assert sent[0]["root"]["dag"]["tasks"]["Trainer"]["retryPolicy"]["maxRetryCount"] == 2


@pytest.mark.slow
def test_compiled_file_is_sent_without_compiling_it_again(folder):
    written(folder, specification())
    with serving() as server:
        host = f"kubeflow.host={server.address}"
        result = penstock(folder, "submit", "--file", "taxi-kubeflow.yaml", "--set", host, "--no-cache")
        refused = penstock(folder, "submit", "--file", "taxi-kubeflow.yaml", "--set", host, "--target", "vertex")
        server.refuse("/runs", 403, "ada may not create runs")
        failed = penstock(folder, "submit", "--file", "taxi-kubeflow.yaml", "--set", host, "--json")
        server.silent.add(f"{API}/healthz")
        late = penstock(folder, "submit", "--file", "taxi-kubeflow.yaml", "--set", host, "--timeout", "1")
    assert (result.returncode, result.stderr) == (0, "")
    address = f"{server.address}/#/runs/details/{RUN}"
    assert result.stdout == f"Submitted taxi-kubeflow.yaml to kubeflow: run {RUN}\n{address}\n"
    assert not (folder / "compiled").exists()
    assert refused.returncode == 2
    assert "expected a pipeline compiled for vertex, received one for kubeflow" in refused.stderr
    assert (failed.returncode, failed.stderr) == (1, "")
    assert json.loads(failed.stdout)["error"]["received"] == "HTTP 403: ada may not create runs"
    assert late.returncode == 1
    assert f"{server.address}: expected an answer, received none within 1 seconds; look in the list" in late.stderr
    assert [each.path for each in server.asked[:2]] == [f"{API}/healthz", f"{API}/experiments"]
