"""`penstock verify` against a server with TensorFlow Serving's REST interface that is not ours."""

import json

import pytest

from tests.metadata_store import configuration
from tests.penstock.parity import tiny_server
from tests.penstock.parity.test_verification import write
from tests.pipeline.cli.command import penstock


@pytest.fixture
def server():
    with tiny_server.running() as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    """A project with version 3, whose golden rows are those of the small server."""
    config = configuration(tmp_path)
    version = config.path(config.push.directory) / "3"
    write(version, tiny_server.golden())
    (version / "saved_model.pb").write_bytes(b"")
    return tmp_path


def verify(folder, server, *more):
    return penstock(folder, "verify", "3", "--url", server.url, "--model", "taxi", *more)


@pytest.mark.slow
def test_server_that_answers_as_expected_is_confirmed(folder, server):
    done = verify(folder, server)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["3 golden rows of version 3, sent to:", f"  {server.url}/v1/models/taxi/versions/3"]
    assert lines[3:7] == [
        "Form of request       Largest difference",
        "JSON rows                        0.0e+00",
        "JSON columns                     0.0e+00",
        "tf.Example over REST             0.0e+00",
    ]
    assert lines[-1] == "All answers are the expected ones, within 1e-05."
    assert max(map(len, lines)) <= 80
    found = json.loads(verify(folder, server, "--json").stdout)
    assert (found["state"], found["version"], found["difference"]) == ("same", 3, None)


@pytest.mark.slow
def test_another_model_is_reported_with_exit_code_1_unless_the_tolerance_is_greater(folder, server):
    server.model = lambda row: tiny_server.model(row) | {"probability": tiny_server.model(row)["probability"] * 1.01}
    done = verify(folder, server)
    assert (done.returncode, done.stderr) == (1, "")
    assert "Differs: JSON rows, golden row 1: expected probability 8.5, received probability 8.585." in done.stdout
    assert "  kind = 'Cash'" in done.stdout.splitlines()
    as_json = verify(folder, server, "--json")
    assert (as_json.returncode, json.loads(as_json.stdout)["difference"]["row"]) == (1, 1)
    assert verify(folder, server, "--tolerance", "0.02").returncode == 0


@pytest.mark.slow
def test_another_version_is_reported_with_the_versions_that_are_there(folder, server):
    server.versions = [4]
    done = verify(folder, server)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "Differs: expected version 3, received version 4."
    other = penstock(folder, "verify", "3", "--url", f"{server.url}/v1/models/taxi")
    assert other.returncode == 0


def test_truncated_answer_is_an_error(folder, server):
    server.cut = 2
    done = verify(folder, server)
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected an answer in JSON, received" in done.stderr


@pytest.mark.slow
def test_server_that_is_not_ready_for_a_while_is_asked_again(folder, server):
    server.busy = 2
    assert verify(folder, server).returncode == 0


@pytest.mark.slow
def test_token_is_sent(folder, server, tmp_path):
    (tmp_path / "token").write_text("secret\n")
    assert verify(folder, server, "--token-file", str(tmp_path / "token")).returncode == 0
    assert set(server.tokens) == {"Bearer secret"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["3", "--url", "localhost:8501"], "--url: expected http://HOST[:PORT] or https://HOST[:PORT]"),
        (["3", "--url", "http://user:secret@h"], "--url: expected a URL without a user or a password"),
        (["4", "--url", "http://h"], "--version 4: expected one of 3"),
        (["nobody", "--url", "http://h"], "nobody"),
        (["3", "--url", "http://h", "--tolerance", "0"], "--tolerance 0.0: expected a number above 0"),
        (["3", "--url", "http://h", "--tolerance", "nan"], "--tolerance nan: expected a number above 0"),
        (["3", "--url", "http://h", "--token-file", "absent"], "--token-file absent: expected a file with one token"),
        (["3", "--grpc", "https://h:8500"], "--grpc: expected HOST:PORT, which is used without TLS"),
        (["3", "--grpc", "h"], "--grpc: expected HOST:PORT"),
        (["3", "--grpc", "user:secret@h:8500"], "--grpc: expected HOST:PORT"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(folder, given, sentence):
    done = penstock(folder, "verify", *given)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "secret" not in done.stderr


def test_version_without_golden_rows_is_refused(folder):
    config = configuration(folder)
    (config.path(config.push.directory) / "3" / "assets.extra" / "golden_rows.json.gz").unlink()
    done = penstock(folder, "verify", "3", "--url", "http://h")
    assert done.returncode == 2
    assert "push it again with serving.check = true" in done.stderr
