"""`penstock predict --url`, with the project's own server, which dies and comes back."""

import json
import re
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest
import typer
from typer.testing import CliRunner

from penstock.core.errors import PenstockError
from pipeline.cli.predict import predict
from tests.pipeline.cli.command import penstock_with_tensorflow, started_with_tensorflow
from tests.ports import own_port
from tests.small_models import save_models

PROJECT = Path(__file__).resolve().parents[3]
ROWS = 6000

app = typer.Typer()
app.command()(predict)


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "rows.csv").write_text("color,count\nred,2\nblue,\n")
    (tmp_path / "token").write_text("two words")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--url", "ftp://h"], "--url: expected http://HOST:PORT/v1/models/NAME, or HOST:PORT, received 'ftp://h'"),
        (["--url", "h:1"], "--url: expected .*received no name of a model; add /v1/models/NAME"),
        (["--url", "h:1", "--config", "none.toml"], "no configuration none.toml"),
        (["--url", "h:1", "--model", "m"], "--url: expected .*received no name of a model"),
        (["--url", "http://h/v1/models/m/versions/1", "--model", "m", "--version", "2"], "--version: expected none"),
        (["--url", "http://h/v1/models/m", "--model", "m", "--token-file", "none"], "--token-file none: expected a"),
        (
            ["--url", "http://h/v1/models/m", "--model", "m", "--token-file", "token"],
            "--token-file token: expected a file with one token",
        ),
        (["--url", "h:1", "--json"], "--json: expected --output FILE as well"),
        (["--url", "http://h/v1/models/m", "--explain"], "--explain: expected a model in a folder, received --url"),
        (["--grpc"], "--grpc: expected --url as well, received none; name a server, or leave it out"),
        (["--restart"], "--restart: expected --url as well"),
        (["--any-version"], "--any-version: expected --url as well"),
        (["--token-file", "token"], "--token-file: expected --url as well"),
    ],
)
def test_error_is_one_sentence_with_exit_code_two(project, arguments, said):
    before = sorted(project.rglob("*"))
    result = CliRunner().invoke(app, ["rows.csv", *arguments])
    assert isinstance(result.exception, PenstockError), result.output
    assert result.exception.exit_code == 2
    assert re.search(said, str(result.exception)), str(result.exception)
    assert sorted(project.rglob("*")) == before


@pytest.fixture(scope="module")
def pushed(tmp_path_factory):
    return save_models(tmp_path_factory.mktemp("pushed") / "m", {2: 2.0})


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)}


class Serving:
    """`penstock serve` on two ports that stay the same."""

    def __init__(self, folder, model):
        self.rest, self.grpc = own_port(), own_port()
        self._folder, self._model = folder, model
        self.process = None

    def start(self):
        ports = ["--rest-port", str(self.rest), "--grpc-port", str(self.grpc)]
        # A client may be stopped within a request, longer than the usual limit on a busy machine.
        words = ["serve", "--model", f"m={self._model}", *ports, "--access-log", "none", "--timeout", "600"]
        with (self._folder / "output").open("w") as output:
            files = [output.fileno()] * 2
            self.process = started_with_tensorflow(self._folder, *words, environment=ENVIRONMENT, files=files)
        while not listens(self.rest) or not listens(self.grpc):
            assert self.process.poll() is None, (self._folder / "output").read_text()
            time.sleep(0.05)

    def end(self, number=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            answering = psutil.Process(self.process.pid).children()
            self.process.send_signal(number)
            self.process.wait(60)
            # They notice within a second that they have no parent; the ports are theirs until then.
            assert psutil.wait_procs(answering, timeout=60)[1] == []


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def serving(pushed, tmp_path_factory):
    made = Serving(tmp_path_factory.mktemp("serving"), pushed)
    made.start()
    yield made
    made.end()


@pytest.mark.slow
def test_rest_and_grpc_give_what_this_process_gives_and_the_version(project, pushed, serving):
    here = penstock_with_tensorflow(project, "predict", "rows.csv", "--model", str(pushed / "2"))
    assert here.stdout.splitlines() == ["color,count,prediction", "red,2,104", "blue,,0"]
    expected = ["color,count,prediction,model_version", "red,2,104,2", "blue,,0,2"]
    rest = penstock_with_tensorflow(
        project, "predict", "rows.csv", "--model", str(pushed / "2"), "--url", rest_of(serving)
    )
    assert (rest.returncode, rest.stdout.splitlines()) == (0, expected), rest.stderr
    assert re.search(
        r"Scored 2 rows with version 2 of m on http://127.0.0.1:\d+ in [\d.]+ s: standard output", rest.stderr
    )
    words = ["--url", f"127.0.0.1:{serving.grpc}/v1/models/m", "--grpc", "--output", "scored.csv", "--json"]
    done = penstock_with_tensorflow(project, "predict", "rows.csv", "--model", str(pushed / "2"), *words)
    assert done.returncode == 0, done.stderr
    assert (project / "scored.csv").read_text().splitlines() == expected
    found = json.loads(done.stdout)
    assert (found["rows"], found["model"]["versions"], found["columns"]) == (2, [2], ["prediction", "model_version"])


def rest_of(serving):
    return f"http://127.0.0.1:{serving.rest}/v1/models/m"


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_version_that_the_server_has_not_is_one_sentence(project, pushed, serving, protocol):
    port = serving.rest if protocol == "rest" else serving.grpc
    words = ["--url", f"127.0.0.1:{port}/v1/models/m/versions/7", *(["--grpc"] if protocol == "grpc" else [])]
    done = penstock_with_tensorflow(project, "predict", "rows.csv", "--model", str(pushed / "2"), *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert re.search(r"expected predictions, received (status 404|NOT_FOUND) \(.*\); correct", done.stderr), done.stderr


def write_rows(project):
    lines = "".join(f"{'red' if number % 3 else 'blue'},{number}\n" for number in range(ROWS))
    (project / "rows.csv").write_text("color,count\n" + lines)


def check_scored(file):
    """Each row is there once, in its place, with its score."""
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    assert [int(row[1]) for row in rows] == list(range(ROWS))
    assert all(float(row[2]) == 2 * int(row[1]) + 100 * (row[0] == "red") for row in rows)


def resume(processes):
    for process in processes.values():
        process.send_signal(signal.SIGCONT)


@pytest.mark.slow
def test_server_that_is_killed_and_comes_back_loses_no_row(project, pushed, serving):
    """Commands over both protocols are at work when it is killed: it takes long to come back."""
    write_rows(project)
    processes = {}
    for protocol, words in {"rest": [], "grpc": ["--grpc"]}.items():
        port = serving.rest if protocol == "rest" else serving.grpc
        words = [*words, "--output", f"{protocol}.csv", "--batch-size", "10", "--parallel", "2", "--json"]
        words += ["--url", f"127.0.0.1:{port}/v1/models/m", "--model", str(pushed / "2")]
        processes[protocol] = started_with_tensorflow(project, "predict", "rows.csv", *words, environment=ENVIRONMENT)
    starting = dict(processes)
    while starting:
        for protocol, process in list(starting.items()):
            assert process.poll() is None, process.communicate()
            if list((project / f".{protocol}.csv.scoring").glob("shard-*.json")):
                process.send_signal(signal.SIGSTOP)  # so that it does not end before the other one is at work
                del starting[protocol]
        time.sleep(0.005)
    serving.end(signal.SIGKILL)
    assert [process.poll() for process in processes.values()] == [None, None]
    resume(processes)
    time.sleep(1)  # nobody answers them; they would give up before a busy machine has started the server again
    for process in processes.values():
        process.send_signal(signal.SIGSTOP)
    serving.start()
    resume(processes)
    for protocol, process in processes.items():
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, f"{out}\n{err}"
        assert json.loads(out)["rows"] == ROWS
        check_scored(project / f"{protocol}.csv")


KILLED = """
import os, signal
{patched}
real, calls = patched.{name}, []
def killing(*arguments, **named):
    found = real(*arguments, **named)
    calls.append(1)
    if len(calls) == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
patched.{name} = killing
"""
# In the middle of a part; after a part, before and after its outcome is written; with the file, before its folder goes.
PLACES = {
    "rest": [
        ("from penstock.serving.remote.rest import RestModel as patched", "predict", 40),
        ("from penstock.serving.remote import parts as patched", "predict", 2),
        ("from penstock.serving.sharded.work import Work as patched", "finish", 3),
        ("from penstock.serving.sharded import publish as patched", "to_file", 1),
    ],
    "grpc": [("from penstock.serving.remote.rpc import RpcModel as patched", "predict", 70)],
}


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_command_that_is_killed_again_and_again_writes_each_row_once(project, pushed, serving, protocol):
    write_rows(project)
    port = serving.rest if protocol == "rest" else serving.grpc
    words = ["predict", "rows.csv", "--output", "scored.csv", "--batch-size", "50", "--parallel", "2", "--json"]
    words += ["--url", f"127.0.0.1:{port}/v1/models/m", *(["--grpc"] if protocol == "grpc" else [])]
    words += ["--model", str(pushed / "2")]
    for patched, name, call in PLACES[protocol]:
        killed = penstock_with_tensorflow(project, *words, program=KILLED.format(patched=patched, name=name, call=call))
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert (project / "scored.csv").exists() == (name == "to_file")
    done = penstock_with_tensorflow(project, *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["rows_before_interruption"] > 0) == (ROWS, True)
    check_scored(project / "scored.csv")
    assert not list(project.glob(".scored*"))
