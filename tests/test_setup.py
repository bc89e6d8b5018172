import importlib.util
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SCRIPT = PROJECT / "scripts" / "set-up"
# The programs that the script may use on a minimal machine.
TOOLS = ("cat", "cut", "dirname", "env", "flock", "head", "mkdir", "mv", "rm", "sh", "sha256sum", "sort")
LOCKS = ("requirements.lock", "scripts/uv.lock")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files of a fresh clone that the set-up reads."""
    folder = tmp_path / "clone"
    (folder / "scripts").mkdir(parents=True)
    for name in ("requirements.lock", "pyproject.toml", "scripts/set-up", "scripts/uv.lock"):
        shutil.copy(PROJECT / name, folder / name)
    return folder


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The PATH of a machine with Linux, glibc 2.36 and neither uv nor Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    program(folder, "uname", "case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac")
    program(folder, "getconf", "echo glibc 2.36")
    return folder


def program(folder: Path, name: str, body: str) -> None:
    """Write a tiny program of that name."""
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def set_up(clone: Path, machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["scripts/set-up"],
        cwd=clone,
        env={"PATH": str(machine), "HOME": str(clone.parent), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize(
    ("name", "body", "received"),
    [
        ("uname", "case $1 in -s) echo Darwin ;; -m) echo arm64 ;; esac", "Darwin on arm64"),
        ("uname", "case $1 in -s) echo Linux ;; -m) echo aarch64 ;; esac", "Linux on aarch64"),
        ("getconf", "echo glibc 2.12", "glibc 2.12"),
        ("getconf", "echo glibc 2.5", "glibc 2.5"),
        ("getconf", "exit 1", "another C library"),
    ],
)
def test_set_up_on_an_unsupported_platform_is_refused_before_anything_is_made(clone, machine, name, body, received):
    program(machine, name, body)
    # Whoever asks for a package here would be seen.
    program(machine, "uv", "echo uv was run >&2")
    program(machine, "python3", "echo python was run >&2")
    before = sorted(clone.rglob("*"))
    assert_refused(set_up(clone, machine), "expected", received, "; use ")
    assert sorted(clone.rglob("*")) == before


def test_set_up_without_uv_and_python_is_refused_before_anything_is_made(clone, machine):
    before = sorted(clone.rglob("*"))
    assert_refused(set_up(clone, machine), "uv or Python", "install uv or python3.11")
    assert sorted(clone.rglob("*")) == before


@pytest.mark.parametrize("version", ["0.7.99", "0.1.0", ""])
def test_set_up_with_an_old_uv_installs_its_own(clone, machine, version):
    program(machine, "uv", f"echo uv {version}")
    assert_refused(set_up(clone, machine), "uv or Python")


def test_set_up_that_cannot_fetch_uv_names_the_log_and_the_next_step(clone, machine):
    program(machine, "python3", "echo no network >&2; exit 1")
    result = set_up(clone, machine)
    assert result.returncode == 2
    assert "install uv" in result.stderr.splitlines()[-1]
    assert "no network" in (clone / ".tools" / "uv.log").read_text()


def test_set_up_that_can_fetch_no_python_names_the_next_step(clone, machine):
    program(machine, "uv", 'case $1 in --version) echo "uv 99.0.0 (linux)" ;; *) exit 1 ;; esac')
    result = set_up(clone, machine)
    assert result.returncode == 2
    assert "install python3.11" in result.stderr.splitlines()[-1]
    assert not (clone / ".venv" / "penstock.stamp").exists()


# A uv that makes an empty environment and records its arguments.
RECORDING_UV = """
case $1 in
    --version) echo "uv 99.0.0" ;;
    python) echo /usr/bin/python3.11 ;;
    venv) mkdir -p .venv/bin; cat /dev/null >.venv/bin/python; chmod +x .venv/bin/python; echo "$@" >>asked ;;
    pip) echo "$@" >>asked; echo "cache ${UV_CACHE_DIR:-of the user}" >>asked ;;
esac
"""


@pytest.fixture
def recording(machine: Path) -> Path:
    (machine / "chmod").symlink_to(str(shutil.which("chmod")))
    program(machine, "uv", RECORDING_UV)
    return machine


def asked(clone: Path) -> str:
    file = clone / "asked"
    text = file.read_text() if file.exists() else ""
    file.unlink(missing_ok=True)
    return text


def test_set_up_checks_the_hashes_of_build_tools_too(clone, recording):
    assert set_up(clone, recording).returncode == 0
    sync = next(line for line in asked(clone).splitlines() if line.startswith("pip sync"))
    assert "--require-hashes" in sync
    assert "--build-constraints requirements.lock" in sync


def test_set_up_without_changes_installs_nothing(clone, recording):
    set_up(clone, recording)
    asked(clone)
    result = set_up(clone, recording)
    assert (result.returncode, result.stdout, result.stderr, asked(clone)) == (0, "", "", "")


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_set_up_after_a_change_installs_into_the_same_environment(clone, recording, name):
    set_up(clone, recording)
    asked(clone)
    with (clone / name).open("a") as file:
        file.write("\n")
    set_up(clone, recording)
    again = asked(clone)
    assert "pip sync" in again
    assert "venv --" not in again


def test_set_up_after_an_interrupted_one_starts_again(clone, recording):
    set_up(clone, recording)
    (clone / ".venv" / "penstock.stamp").unlink()
    asked(clone)
    set_up(clone, recording)
    assert "venv --quiet --clear" in asked(clone)


@pytest.mark.parametrize("is_link", [False, True])
def test_set_up_does_not_change_a_foreign_environment(clone, recording, is_link):
    own = clone.with_name("own") if is_link else clone / ".venv"
    own.mkdir()
    (own / "package").write_text("mine")
    if is_link:
        (clone / ".venv").symlink_to(own)
    assert_refused(set_up(clone, recording), "expected no .venv", "move it away and repeat")
    assert ((own / "package").read_text(), asked(clone)) == ("mine", "")


def test_set_up_of_a_moved_project_starts_again(clone, recording):
    set_up(clone, recording)
    moved = clone.rename(clone.with_name("moved to here"))
    asked(moved)
    assert set_up(moved, recording).returncode == 0
    assert "venv --quiet --clear" in asked(moved)


@pytest.mark.parametrize("home", ["", "/proc/none"])
def test_set_up_without_a_home_keeps_the_cache_in_the_project(clone, recording, home):
    set_up(clone, recording, HOME=home)
    assert f"cache {clone}/.tools/cache" in asked(clone)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_hashes_for_every_requirement_and_no_address(name):
    text = (PROJECT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    requirements = re.findall(r"^[\w.-]+==.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*", text, re.MULTILINE)
    assert requirements
    assert [requirement for requirement in requirements if "--hash=" not in requirement] == []
    assert len(requirements) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))


def test_lock_has_every_dependency_of_the_project():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = set(re.findall(r"^([\w.-]+)==", (PROJECT / "requirements.lock").read_text(), re.MULTILINE))
    names = [re.match(r"[\w.-]+", requirement).group().lower().replace("_", "-") for requirement in declared]
    assert [name for name in names if name not in locked] == []


def test_readme_shows_its_first_command_within_15_lines():
    lines = (PROJECT / "README.md").read_text().splitlines()[:15]
    assert any(re.match(r"(\$ |    )?make run\b", line.strip("` ")) for line in lines)


def test_changelog_begins_with_the_version_of_the_project():
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    heading = re.search(r"^## (\S+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heading
    assert heading.group(1) == version


@pytest.fixture(scope="module")
def prepare_data() -> ModuleType:
    spec = importlib.util.spec_from_file_location("prepare_data", PROJECT / "scripts" / "prepare_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_data_is_copied_once(prepare_data, tmp_path):
    source = prepare_data.installed() / prepare_data.SOURCE
    target = tmp_path / "taxi" / "trips.csv"
    assert prepare_data.prepare(source, target, prepare_data.SHA256) is True
    assert target.read_bytes() == source.read_bytes()
    assert prepare_data.prepare(source, target, prepare_data.SHA256) is False
    assert os.listdir(target.parent) == ["trips.csv"]


def test_data_that_was_cut_short_is_replaced(prepare_data, tmp_path):
    source = prepare_data.installed() / prepare_data.SOURCE
    target = tmp_path / "trips.csv"
    target.write_bytes(source.read_bytes()[:1000])
    assert prepare_data.prepare(source, target, prepare_data.SHA256) is True
    assert target.stat().st_size == source.stat().st_size


def test_data_of_another_content_is_refused_and_nothing_is_written(prepare_data, tmp_path):
    source = tmp_path / "data.csv"
    source.write_text("a,b\n")
    with pytest.raises(ValueError, match=r"expected the SHA-256 .*, received .*; repeat the set-up"):
        prepare_data.prepare(source, tmp_path / "trips.csv", prepare_data.SHA256)
    assert os.listdir(tmp_path) == ["data.csv"]


def test_data_of_a_package_that_is_not_installed_is_refused(prepare_data):
    with pytest.raises(ValueError, match="no_such_package"):
        prepare_data.installed("no_such_package")
