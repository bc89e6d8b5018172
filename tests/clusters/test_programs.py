"""Programs in the background: started until they listen, found by their process ids, stopped with all they started."""

import json
import os
import sys

import psutil
import pytest

from penstock.core.errors import ConfigError
from scripts.cluster import programs
from scripts.cluster.programs import Program, kill, log_of, running, start, stop
from scripts.ports import free_port

SERVER = """
import socket, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("child", child.pid, flush=True)
    time.sleep(600)
"""


def server(name: str = "server") -> Program:
    port = free_port()
    return Program(name, [sys.executable, "-c", SERVER, str(port)], port)


def child_of(folder) -> int:
    for _ in range(1000):
        if words := log_of(folder, "server").read_text().split():
            return int(words[1])
    raise AssertionError("the server printed nothing")


@pytest.mark.slow
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_program_is_stopped_with_the_processes_that_it_started(tmp_path, end):
    start(tmp_path, server())
    assert list(running(tmp_path)) == ["server"]
    child = child_of(tmp_path)
    assert psutil.pid_exists(child)
    if end == "kill":
        kill(tmp_path, "server")
        assert running(tmp_path) == {}
    stop(tmp_path)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    assert list((tmp_path / "pids").iterdir()) == []


def test_program_that_ends_is_reported_with_its_log(tmp_path):
    program = Program("broken", [sys.executable, "-c", "import sys; print('no heap'); sys.exit(3)"], free_port())
    with pytest.raises(ConfigError) as refused:
        start(tmp_path, program)
    log = log_of(tmp_path, "broken")
    assert str(refused.value).endswith(f"received exit code 3; read {log}.")
    assert log.read_text() == "no heap\n"
    assert list((tmp_path / "pids").iterdir()) == []


@pytest.mark.slow
def test_program_that_does_not_listen_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "START_SECONDS", 0.3)
    with pytest.raises(ConfigError, match=r"received no answer in 0 s"):
        start(tmp_path, Program("idle", [sys.executable, "-c", "import time; time.sleep(600)"], free_port()))
    assert running(tmp_path) == {}


def test_process_of_another_program_with_the_noted_id_is_left_alone(tmp_path):
    (tmp_path / "pids").mkdir()
    (tmp_path / "pids" / "old.json").write_text(json.dumps({"pid": os.getpid(), "started": 1.0}))
    assert running(tmp_path) == {}
    stop(tmp_path)
    assert list((tmp_path / "pids").iterdir()) == []
