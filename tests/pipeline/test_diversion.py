import logging
import os
import subprocess
import sys

import pytest

from pipeline.diversion import diverted, own_arguments

PROGRAM = """
import logging, os, sys
from pipeline.diversion import diverted
logging.basicConfig()
with open(sys.argv[1], "a", buffering=1) as file:
    with diverted(file):
        print("printed")
        os.write(2, b"native\\n")
        logging.warning("logged")
    print("after")
    logging.warning("logged after")
"""


def test_what_is_printed_logged_and_written_natively_goes_to_the_file(tmp_path):
    log = tmp_path / "log.txt"
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(log)], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("after\n", "WARNING:root:logged after\n")
    assert log.read_text().splitlines() == ["printed", "native", "WARNING:root:logged"]


def test_all_is_as_before_after_an_error(tmp_path):
    streams, handlers = (sys.stdout, sys.stderr), [getattr(h, "stream", None) for h in logging.root.handlers]
    descriptors = len(os.listdir("/proc/self/fd"))
    with (tmp_path / "log.txt").open("w") as file, pytest.raises(RuntimeError), diverted(file):
        raise RuntimeError
    assert (sys.stdout, sys.stderr) == streams
    assert [getattr(h, "stream", None) for h in logging.root.handlers] == handlers
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_the_command_line_is_hidden_and_comes_back(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kernel", "-f", "connection.json"])
    with own_arguments():
        assert sys.argv == ["kernel"]
    assert sys.argv == ["kernel", "-f", "connection.json"]
