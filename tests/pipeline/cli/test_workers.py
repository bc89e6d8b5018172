"""`penstock workers`: its first line, and its end by a signal."""

import re
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_pool_prints_its_address_as_a_setting_and_ends_by_ctrl_c():
    command = [sys.executable, "-m", "pipeline.cli.main", "workers", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert re.fullmatch(
            r'Workers start at (127\.0\.0\.1:\d+); set beam\.environment = "external", beam\.workers = "\1"\n', line
        )
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "the command was interrupted: received SIGINT; nothing half-written is left, start it again.\n"
