import importlib.util
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

from penstock.core.stacks import STACKS

PROJECT = Path(__file__).resolve().parent.parent
SCRIPT = PROJECT / "scripts" / "set-up"
# The programs that the script may use on a minimal machine.
TOOLS = ("cat", "cut", "dirname", "env", "flock", "head", "mkdir", "mv", "rm", "sed", "sh", "sha256sum", "sort")
LOCKS = ("requirements.lock", "requirements-next.lock", "scripts/uv.lock")
SERVER = "requirements-server.lock"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files of a fresh clone that the set-up reads."""
    folder = tmp_path / "clone"
    (folder / "scripts").mkdir(parents=True)
    for name in (*LOCKS, "pyproject.toml", "scripts/set-up"):
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
        ("uname", "case $1 in -s) echo Darwin ;; -m) echo x86_64 ;; esac", "Darwin on x86_64"),
        ("uname", "case $1 in -s) echo Linux ;; -m) echo aarch64 ;; esac", "Linux on aarch64, for which ML Metadata"),
        (
            "uname",
            "case $1 in -s) echo MINGW64_NT-10.0 ;; -m) echo x86_64 ;; esac",
            "MINGW64_NT-10.0 on x86_64; use WSL",
        ),
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
    assert_refused(set_up(clone, machine), "uv or Python", "install uv or Python 3.11 to 3.13")
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


# A uv that makes an empty environment and records its arguments. The machine has the Pythons of the file `pythons`.
RECORDING_UV = """
pythons=" 3.11 "
[ ! -f pythons ] || pythons=" $(cat pythons) "
case $1 in
    --version) echo "uv 99.0.0" ;;
    python)
        case "$5 $pythons" in
            "cpython@3.11 "*" 3.11 "*) echo /usr/bin/python3.11 ;;
            "cpython>=3.12,<3.14 "*" 3.13 "*) echo /usr/bin/python3.13 ;;
            "cpython>=3.12,<3.14 "*" 3.12 "*) echo /usr/bin/python3.12 ;;
            *) exit 2 ;;
        esac
        ;;
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


MAC = "case $1 in -s) echo Darwin ;; -m) echo arm64 ;; esac"
NEW_LINUX = "echo glibc 2.41"


@pytest.mark.parametrize(
    ("host", "variable", "expected"),
    [
        (("glibc 2.36", "3.11 3.13"), "", ("/usr/bin/python3.11", "1.16")),
        (("glibc 2.38", ""), "", ("cpython@3.11", "1.16")),
        (("glibc 2.39", "3.12"), "", ("/usr/bin/python3.12", "1.21")),
        (("glibc 2.41", "3.11 3.13"), "", ("/usr/bin/python3.13", "1.21")),
        (("glibc 3.0", "3.13"), "", ("/usr/bin/python3.13", "1.21")),
        (("glibc 2.100", "3.13"), "", ("/usr/bin/python3.13", "1.21")),
        (("glibc 2.41", "3.11"), "", ("/usr/bin/python3.11", "1.16")),
        (("glibc 2.41", "3.14"), "", ("cpython@3.13", "1.21")),
        (("glibc 2.41", "3.11 3.13"), "1.16", ("/usr/bin/python3.11", "1.16")),
        (("glibc 2.41", "3.11"), "1.21", ("cpython@3.13", "1.21")),
        (("glibc 2.36", "3.11"), "1.16", ("/usr/bin/python3.11", "1.16")),
    ],
)
def test_set_up_takes_the_newest_stack_that_can_run(clone, recording, host, variable, expected):
    (library, pythons), (python, tfx) = host, expected
    program(recording, "getconf", f"echo {library}")
    (clone / "pythons").write_text(pythons)
    result = set_up(clone, recording, **({"PENSTOCK_STACK": variable} if variable else {}))
    assert result.returncode == 0
    assert f"TFX {tfx} (" in result.stderr
    lock = next(stack.lock for stack in STACKS if stack.tfx == tfx)
    used = asked(clone)
    assert f"--python {python} .venv" in used
    assert f"--build-constraints {lock} --python .venv/bin/python {lock}" in used
    # Where it runs is known to `doctor` as well.
    assert next(stack for stack in STACKS if stack.tfx == tfx).runs_on("Linux", "x86_64", library)


def test_set_up_on_a_mac_takes_the_newer_stack_without_programs_of_linux(clone, recording):
    program(recording, "uname", MAC)
    program(recording, "xcode-select", "exit 0")
    for tool in ("flock", "sha256sum"):
        (recording / tool).unlink()
    program(recording, "shasum", f'shift 2; {shutil.which("sha256sum")} "$@"')
    result = set_up(clone, recording)
    assert "TFX 1.21 (macOS on arm64)" in result.stderr
    assert "--python cpython@3.13 .venv" in asked(clone)
    again = set_up(clone, recording)
    assert (again.returncode, again.stderr, asked(clone)) == (0, "", "")


@pytest.mark.parametrize(
    ("programs", "variable", "words"),
    [
        ({"uname": MAC, "xcode-select": "exit 2"}, "", ("Xcode", "xcode-select --install")),
        ({"uname": MAC, "xcode-select": "exit 0"}, "1.16", ("PENSTOCK_STACK=1.21 on macOS", "received 1.16")),
        ({}, "1.21", ("glibc 2.39 or newer", "received glibc 2.36", "Debian 13")),
        ({"getconf": NEW_LINUX}, "2.0", ("to be 1.16 or 1.21", "received 2.0")),
        ({}, "next", ("to be 1.16 or 1.21", "received next")),
    ],
)
def test_set_up_that_cannot_make_the_stack_is_refused_before_anything_is_made(
    clone, recording, programs, variable, words
):
    for name, body in programs.items():
        program(recording, name, body)
    before = sorted(clone.rglob("*"))
    assert_refused(set_up(clone, recording, PENSTOCK_STACK=variable), "expected", *words)
    assert sorted(clone.rglob("*")) == before


def test_set_up_keeps_its_stack_until_asked_for_the_other(clone, recording):
    program(recording, "getconf", NEW_LINUX)
    (clone / "pythons").write_text("3.11 3.13")
    assert "TFX 1.16 (PENSTOCK_STACK)" in set_up(clone, recording, PENSTOCK_STACK="1.16").stderr
    asked(clone)
    result = set_up(clone, recording)
    assert (result.stderr, asked(clone)) == ("", "")
    # A change of the files keeps it too.
    with (clone / "requirements.lock").open("a") as file:
        file.write("\n")
    assert "requirements.lock or pyproject.toml has changed" in set_up(clone, recording).stderr
    asked(clone)
    assert "TFX 1.21 (PENSTOCK_STACK)" in set_up(clone, recording, PENSTOCK_STACK="1.21").stderr
    assert "venv --quiet --clear --python /usr/bin/python3.13" in asked(clone)
    # Only the lock of the stack counts.
    with (clone / "requirements.lock").open("a") as file:
        file.write("\n")
    assert (set_up(clone, recording).stderr, asked(clone)) == ("", "")


def test_set_up_replaces_an_environment_of_an_older_set_up(clone, recording):
    set_up(clone, recording)
    asked(clone)
    (clone / ".venv" / "penstock.stamp").write_text(f"{clone}\n0123abcd  requirements.lock\n")
    assert "setting up .venv with TFX 1.16" in set_up(clone, recording).stderr
    assert "venv --quiet --clear" in asked(clone)


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


_OTHERS = ("tests/mlflow/requirements.lock", "tests/deploy/requirements.lock", "benchmarks/serving/mlflow.lock")


@pytest.mark.parametrize("name", [*LOCKS, SERVER, *_OTHERS])
def test_lock_has_hashes_for_every_requirement_and_no_address(name):
    text = (PROJECT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    requirements = re.findall(r"^[\w.-]+==.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*", text, re.MULTILINE)
    assert requirements
    assert [requirement for requirement in requirements if "--hash=" not in requirement] == []
    assert len(requirements) == len(re.findall(r"^[^\s#]", text, re.MULTILINE))


@pytest.mark.parametrize("stack", STACKS)
def test_lock_has_every_dependency_of_the_project_in_a_version_that_it_allows(stack):
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (PROJECT / stack.lock).read_text(), re.MULTILINE))
    declared = [
        Requirement(text) for text in (*project["project"]["dependencies"], *project["dependency-groups"]["dev"])
    ]
    python = ".".join(map(str, stack.pythons[-1]))
    needed = [one for one in declared if one.marker is None or one.marker.evaluate({"python_version": python})]
    assert len(needed) > 40
    names = {one.name: one.name.lower().replace("_", "-") for one in needed}
    wrong = [str(one) for one in needed if not one.specifier.contains(locked.get(names[one.name], "0"))]
    assert wrong == []


@pytest.mark.parametrize("stack", STACKS)
def test_lock_of_the_server_has_what_its_group_asks_for_in_the_versions_of_the_stack(stack):
    groups = tomllib.loads((PROJECT / "pyproject.toml").read_text())["dependency-groups"]
    python = ".".join(map(str, stack.pythons[-1]))
    environment = {"python_version": python, "python_full_version": f"{python}.4"}
    locked = {}
    for line in re.findall(r"^[\w.-]+==.*?(?= \\)", (PROJECT / SERVER).read_text(), re.MULTILINE):
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate(environment):
            locked[one.name] = str(one.specifier)[2:]
    needed = [one for one in map(Requirement, groups["server"]) if not one.marker or one.marker.evaluate(environment)]
    assert [str(one) for one in needed if not one.specifier.contains(locked.get(one.name, "0"))] == []
    pipeline = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (PROJECT / stack.lock).read_text(), re.MULTILINE))
    assert {name: at for name, at in locked.items() if pipeline.get(name.removesuffix("-cpu"), at) != at} == {}


def test_server_gets_no_package_of_the_pipeline_and_no_build_for_gpus():
    names = set(re.findall(r"^([\w.-]+)==", (PROJECT / SERVER).read_text(), re.MULTILINE))
    assert {"tensorflow-cpu", "tensorflow-serving-api", "uvicorn"} <= names
    pipeline = {"tfx", "apache-beam", "tensorflow", "keras", "tensorboard", "sqlalchemy", "pandas", "pyarrow"}
    assert pipeline & names == set()
    assert [name for name in names if name.startswith(("nvidia", "google-cloud"))] == []


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
