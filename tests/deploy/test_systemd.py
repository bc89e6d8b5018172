"""The units of systemd, by its own checks."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.deploy.checkers import DEPLOY

FOLDER = DEPLOY / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
# "OK" of systemd ends at 5, of 10.
MOST_EXPOSED = 2.0


def analyze(*words, folder):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not here: `apt-get install systemd`")
    return subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, timeout=60)


def installed(unit, folder, change=("", "")):
    """Write a unit as it is on a machine where the programs that it names exist."""
    text = unit.read_text().replace("/opt/penstock/.venv/bin/penstock", sys.executable)
    file = folder / unit.name
    # The folder of the test may be in /dev/shm, which newer releases of systemd refuse.
    file.write_text(text.replace("WorkingDirectory=/opt/penstock", "WorkingDirectory=/").replace(*change))
    return file


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_is_accepted_without_a_warning(unit, tmp_path):
    done = analyze("verify", str(installed(unit, tmp_path)), folder=tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(
    "change",
    [
        ("Restart=on-failure", "Restart=sometimes"),
        ("ProtectHome=yes", "ProtectHomes=yes"),
        ("TimeoutStopSec=40", "TimeoutStopSec=forty"),
        ("SystemCallFilter=@system-service", "SystemCallFilter=@systemservice"),
    ],
)
def test_wrong_unit_is_noticed(change, tmp_path):
    done = analyze("verify", str(installed(UNITS[0], tmp_path, change)), folder=tmp_path)
    assert done.returncode or done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_exposes_little(unit, tmp_path):
    done = analyze("security", "--offline=true", str(installed(unit, tmp_path)), folder=tmp_path)
    if "Unknown" in done.stderr or "unrecognized" in done.stderr:
        pytest.skip("this systemd cannot examine a unit that is not installed")
    [level] = re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(level) < MOST_EXPOSED
