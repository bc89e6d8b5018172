"""A process that ends with the one that started it."""

import os
import signal
import subprocess
import sys

import psutil

from pipeline.fingerprint import PROJECT

GRANDCHILD = """
import os, signal, subprocess, sys
child = "import signal; from pipeline.parentage import end_with; end_with({parent}); print('on', flush=True); "
child += "signal.pause()"
process = subprocess.Popen([sys.executable, "-c", child.format(parent={given})], stdout=subprocess.PIPE)
print(process.pid, process.stdout.readline().decode().strip(), flush=True)
signal.pause()
"""


def started(given):
    program = GRANDCHILD.replace("{given}", given)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)


def test_process_ends_when_its_parent_is_killed():
    parent = started("os.getpid()")
    pid, said = parent.stdout.readline().split()
    child = psutil.Process(int(pid))
    assert said == "on"
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert psutil.wait_procs([child], timeout=5)[1] == []


def test_process_whose_parent_is_gone_already_ends_at_once():
    with started("1") as parent:
        assert parent.stdout.readline().split()[1:] == []
        parent.kill()
