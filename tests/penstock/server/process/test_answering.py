"""A process of the server without the one that starts it."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
ANSWER = """
import os, sys
from pathlib import Path
from penstock.http.listening import listening
from penstock.server.models.config import ModelConfig
from penstock.server.process.answering import answer
from penstock.server.process.metrics import Metrics
from penstock.server.process.options import Serving
from penstock.server.process.starting import Process

folder, taken = Path(sys.argv[1]), listening("127.0.0.1", 0)
serving = Serving([ModelConfig("m", folder)])
process = Process(serving, taken.getsockname()[1], Metrics(folder))
answer(process, [listening("127.0.0.1", 0)], lambda: sys.argv[2] == "wanted")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("is_wanted", "code", "error"),
    [("unwanted", 0, ""), ("wanted", 3, "the server cannot be started")],
)
def test_process_ends_if_nobody_wants_it_or_it_cannot_start(tmp_path, is_wanted, code, error):
    command = [sys.executable, "-c", ANSWER, str(tmp_path), is_wanted]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == code, ran.stderr
    assert error in ran.stderr


@pytest.mark.slow
def test_limit_of_open_files_is_raised_as_far_as_it_may(tmp_path):
    program = """
import resource
from penstock.server.process.answering import _allow_connections
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 500))
_allow_connections()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert ran.stdout.strip() == "(500, 500)", ran.stderr
