"""The wheel: unpacked anywhere, it has all that the command needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from penstock.core.fingerprint import PACKAGES, PROJECT

COMMAND = """
import sys
import penstock
from pipeline.cli.main import main
print(penstock.__file__, flush=True)
sys.argv[0] = "penstock"
main()
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """Return the folder into which the wheel of the project is unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def penstock(unpacked, folder, *words):
    """Run the command of the wheel in a folder; the packages that it needs are those of this environment."""
    environment = {"PYTHONPATH": str(unpacked), "PATH": "/usr/bin:/bin", "HOME": str(folder), "COLUMNS": "80"}
    command = [sys.executable, "-P", "-c", COMMAND, *words]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    place, _, printed = result.stdout.partition("\n")
    assert Path(place).is_relative_to(unpacked), result.stderr
    return result.returncode, printed, result.stderr


@pytest.mark.slow
def test_wheel_holds_every_tracked_file_of_our_packages_and_no_other_package(unpacked):
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=PROJECT, capture_output=True, text=True, check=True)
    held = {str(file.relative_to(unpacked)) for file in unpacked.rglob("*") if file.is_file()}
    assert set(listed.stdout.splitlines()) - held == set()
    assert {name.split("/")[0] for name in held if "dist-info" not in name} == set(PACKAGES)


def test_command_of_the_wheel_prints_its_help(unpacked, tmp_path):
    code, printed, errors = penstock(unpacked, tmp_path, "--help")
    assert (code, errors) == (0, "")
    assert "Usage: penstock [OPTIONS] COMMAND" in printed


@pytest.mark.slow
def test_doctor_of_the_wheel_has_one_finding_per_check_and_no_traceback(unpacked, tmp_path):
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    code, printed, errors = penstock(unpacked, tmp_path, "doctor", "--json")
    assert code in (0, 2)
    assert '"check": "configuration"' in printed
    assert "Traceback" not in printed + errors
