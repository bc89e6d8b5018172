import sys
from pathlib import Path

import pytest

from penstock.core.errors import ConfigError
from penstock.core.packages import installed_packages
from penstock.core.stacks import NEXT, OLD, STACKS, stack_of
from pipeline import doctor
from pipeline.doctor import GIGABYTE, Finding
from pipeline.preflight import check_store
from tests.kept_run import KeptRun
from tests.metadata_store import configuration

CONFIGURATION = """
name = "small"
[data]
source = "rows.csv"
label = "answer"
[features]
question = "numeric"
[evaluation]
metric = "auc"
min = 0.5
[push]
directory = "models"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    return tmp_path


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


@pytest.mark.parametrize(
    ("version", "verdict"),
    [((3, 11, 15), "ok"), ((3, 12, 0), "ok"), ((3, 13, 5), "ok"), ((3, 10, 14), "problem"), ((3, 14, 0), "problem")],
)
def test_python_without_built_packages_is_a_problem(version, verdict):
    assert doctor.python(version).verdict == verdict


@pytest.mark.parametrize(
    ("stamp", "found"),
    [
        ("/project\n1.21\nglibc 2.41\nsums", "TFX 1.21 (glibc 2.41)"),
        # That of another stack, of an older set-up, and none: a wheel.
        ("/project\n1.16\nglibc 2.36 is older than 2.39\n", "TFX 1.21 (by the version of Python)"),
        ("/project\n", "TFX 1.21 (by the version of Python)"),
        (None, "TFX 1.21 (by the version of Python)"),
    ],
)
def test_stack_is_named_with_the_reason_of_the_set_up(tmp_path, stamp, found):
    if stamp is not None:
        (tmp_path / "penstock.stamp").write_text(stamp)
    assert doctor.chosen(NEXT, tmp_path) == Finding("stack", "ok", found)


@pytest.mark.parametrize(
    ("stack", "name", "machine", "library", "verdict"),
    [
        (OLD, "Linux", "x86_64", "glibc 2.17", "ok"),
        (OLD, "Linux", "x86_64", "glibc 2.41", "ok"),
        (OLD, "Linux", "x86_64", "glibc 3.0", "ok"),
        (OLD, "Linux", "x86_64", "glibc 2.12", "problem"),
        (OLD, "Linux", "x86_64", "glibc 2.9", "problem"),
        (OLD, "Linux", "x86_64", "no glibc", "problem"),
        (OLD, "Linux", "aarch64", "glibc 2.36", "problem"),
        (OLD, "Darwin", "x86_64", "no glibc", "problem"),
        (OLD, "Darwin", "arm64", "no glibc", "problem"),
        (NEXT, "Darwin", "arm64", "no glibc", "ok"),
        (NEXT, "Darwin", "x86_64", "no glibc", "problem"),
        (NEXT, "Linux", "x86_64", "glibc 2.39", "ok"),
        (NEXT, "Linux", "x86_64", "glibc 2.38", "problem"),
        (NEXT, "Linux", "aarch64", "glibc 2.41", "problem"),
    ],
)
def test_system_without_built_packages_is_a_problem(stack, name, machine, library, verdict):
    assert doctor.system(name, machine, library, stack).verdict == verdict


def test_packages_as_locked_are_counted():
    assert doctor.packages({"one": "1.0"}, {"one": "1.0", "further": "2.0"}) == Finding("packages", "ok", "1 as locked")


@pytest.mark.parametrize(
    ("present", "named"), [({"one": "1.1"}, "one 1.1 (locked 1.0)"), ({}, "one missing (locked 1.0)")]
)
def test_packages_that_differ_from_the_lock_are_named(present, named):
    finding = doctor.packages({"one": "1.0"}, present)
    assert finding.verdict == "problem"
    assert named in finding.found
    assert "make set-up" in finding.remedy


def test_packages_that_differ_in_number_are_cut_short():
    finding = doctor.packages({f"package-{number}": "1" for number in range(20)}, {})
    assert finding.found.endswith("and 15 more")


@pytest.mark.parametrize("stack", STACKS)
def test_packages_of_a_clone_are_compared_with_the_lock_of_its_stack(tmp_path, stack):
    (tmp_path / "pyproject.toml").touch()
    found = doctor.locked(tmp_path, stack, {})
    assert (found.verdict, found.found) == ("problem", f"no {stack.lock}")
    (tmp_path / stack.lock).write_text("one==1.0 \\\n    --hash=sha256:0\n")
    assert doctor.locked(tmp_path, stack, {"one": "1.0"}).found == "1 as locked"


def test_packages_of_a_wheel_are_compared_with_its_requirements(tmp_path):
    present = installed_packages()
    found = doctor.locked(tmp_path, stack_of(sys.version_info), present)
    assert found.verdict == "ok"
    assert found.found.endswith(" as required")
    other = doctor.locked(tmp_path, stack_of(sys.version_info), {**present, "tfx": "1.0.0"})
    assert other.verdict == "problem"
    assert "tfx 1.0.0 (required 1." in other.found
    assert "make" not in other.remedy


@pytest.mark.parametrize(
    ("present", "verdict"),
    [({"keras": "3.6.0"}, "ok"), ({"keras": "2.15.0"}, "problem"), ({"tf-keras": "2.16.0"}, "problem")],
)
def test_keras_other_than_3_is_a_problem(present, verdict):
    assert doctor.keras(present).verdict == verdict


@pytest.mark.parametrize(
    ("present", "family", "verdict"),
    [
        ("libgomp.so.1", "trees", "ok"),
        ("", "trees", "problem"),
        ("", "auto", "problem"),
        ("", "neural", "warning"),
        ("", "linear", "warning"),
    ],
)
def test_openmp_is_a_problem_where_the_family_needs_it(present, family, verdict):
    assert doctor.openmp(present, family, "Linux").verdict == verdict


@pytest.mark.parametrize(("system", "words"), [("Linux", ("libgomp.so.1", "libgomp1")), ("Darwin", ("libomp", "brew"))])
def test_openmp_is_installed_by_the_packages_of_the_system(system, words):
    finding = doctor.openmp("", "trees", system)
    assert all(word in finding.found + finding.remedy for word in words)


@pytest.mark.parametrize(("gigabytes", "verdict"), [(16, "ok"), (4, "ok"), (3, "warning"), (1, "problem")])
def test_memory_is_judged_by_its_amount(gigabytes, verdict):
    finding = doctor.memory(gigabytes * GIGABYTE)
    assert finding.verdict == verdict
    assert bool(finding.remedy) == (verdict != "ok")


def test_writable_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path):
    assert doctor.writable("push", tmp_path / "models" / "taxi").verdict == "ok"
    assert not list(tmp_path.iterdir())


def test_writable_with_a_file_in_the_way_is_a_problem(tmp_path):
    (tmp_path / "models").touch()
    finding = doctor.writable("push", tmp_path / "models" / "taxi")
    assert finding.verdict == "problem"
    assert str(tmp_path / "models") in finding.found


def test_writable_without_permission_is_a_problem(tmp_path, monkeypatch):
    # Root may write everywhere, so the answer of the kernel is replaced.
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    assert doctor.writable("state", tmp_path).verdict == "problem"


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("nfs4", "warning"),
        ("cifs", "warning"),
        ("9p", "warning"),
        ("fuse.sshfs", "warning"),
        ("ext4", "ok"),
        ("xfs", "ok"),
    ],
)
def test_metadata_on_a_network_file_system_is_a_warning(tmp_path, kind, verdict):
    finding = doctor.metadata(tmp_path / "state" / "metadata.sqlite", {Path("/"): "ext4", tmp_path: kind})
    assert finding.verdict == verdict
    assert kind in finding.found


def test_metadata_in_a_server_is_on_no_file_system():
    assert doctor.metadata(None, {}).verdict == "ok"


def test_network_file_system_is_not_answered_with_a_store_that_no_run_can_be_recorded_in(tmp_path):
    finding = doctor.metadata(tmp_path / "metadata.sqlite", {Path("/"): "nfs4"})
    assert finding.remedy == "set `metadata.uri` to a file on a local disk, or to a MySQL or MariaDB server."


@pytest.mark.parametrize(
    ("uri", "found", "remedy"),
    [
        (
            "postgresql://ada:secret@127.0.0.1:1/meta",
            "a PostgreSQL server, to which ML Metadata cannot write a backslash",
            "set `metadata.uri` to sqlite:///FILE or mysql://... (MySQL or MariaDB).",
        ),
        (
            "sqlite://",
            "one in memory, which is for notebooks",
            "set `metadata.uri` to a store that outlives the run.",
        ),
    ],
)
def test_store_that_no_run_can_be_recorded_in_is_a_problem_as_it_is_for_a_run(tmp_path, uri, found, remedy):
    config = configuration(tmp_path, f"metadata.uri={uri}")
    assert doctor.recordable(config) == Finding("metadata", "problem", found, remedy)
    with pytest.raises(ConfigError) as refused:
        check_store(config)
    assert refused.value.received == found
    (tmp_path / "pipeline.toml").write_text(f"{CONFIGURATION}[metadata]\nuri = {uri!r}\n")
    findings = doctor.examine(tmp_path / "pipeline.toml")
    assert findings[-1] == doctor.recordable(config)


def test_store_that_runs_are_recorded_in_is_no_problem(tmp_path):
    for settings in ((), ("metadata.uri=sqlite:///meta.sqlite",), ("metadata.uri=mysql://ada@127.0.0.1:1/meta",)):
        assert doctor.recordable(configuration(tmp_path, *settings)) is None


def test_store_is_read_and_its_runs_are_counted(tmp_path):
    config = configuration(tmp_path)
    assert doctor.store(config).found == "no run yet"
    run = KeptRun(config)
    assert doctor.store(config) == Finding("records", "ok", "1 run, ML Metadata's schema 10")
    assert doctor.integrity(config) == Finding("integrity", "ok", "as they are recorded")
    (run.version / "saved_model.pb").write_text("graph")
    assert doctor.integrity(config) == Finding(
        *("integrity", "warning", "version 1: saved_model.pb has 5 bytes instead of 500"),
        "write `penstock fsck`, and `penstock run` to repair them.",
    )


def test_store_that_is_damaged_is_a_problem(tmp_path):
    config = configuration(tmp_path)
    KeptRun(config)
    with config.metadata_file.open("r+b") as file:
        for page in range(8, 40):
            file.seek(page * 4096)
            file.write(b"damage" * 100)
    assert doctor.store(config).verdict == "problem"
    config.metadata_file.write_text("no database " * 1000)
    found = doctor.store(config)
    assert (found.verdict, found.found) == ("problem", "the metadata store cannot be read")
    assert "file is not a database" in found.remedy
    assert doctor.integrity(config).verdict == "warning"


def test_examine_runs_every_check_and_changes_nothing(project):
    before = sorted(project.rglob("*"))
    findings = by_check(doctor.examine(project / "pipeline.toml"))
    assert {"python", "platform", "packages", "keras", "memory", "disk", "configuration", "stack"} <= set(findings)
    assert {"openmp", "state", "artifacts", "push", "metadata folder", "metadata", "records", "integrity"} <= set(
        findings
    )
    assert findings["configuration"].found == "pipeline small"
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize("content", [None, "name = ", 'name = "small"\nunknown = 1\n'])
def test_examine_with_an_unusable_configuration_reports_it_with_the_other_findings(tmp_path, content):
    file = tmp_path / "pipeline.toml"
    if content is not None:
        file.write_text(content)
    findings = by_check(doctor.examine(file))
    assert findings["configuration"].verdict == "problem"
    assert str(file) in findings["configuration"].remedy
    assert "python" in findings


@pytest.mark.parametrize(
    ("verdicts", "worst_verdict"),
    [([], "ok"), (["ok", "warning"], "warning"), (["problem", "warning", "ok"], "problem")],
)
def test_worst_is_the_most_severe_verdict(verdicts, worst_verdict):
    assert doctor.worst([Finding("check", verdict, "") for verdict in verdicts]) == worst_verdict
