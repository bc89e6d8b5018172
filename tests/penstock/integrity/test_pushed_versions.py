"""Versions that the store records: which are damaged, and what a version is restored from."""

import json
import shutil

import pytest

from penstock.integrity import pushed_versions
from penstock.versions.folders import exclusive_access, publish, replace
from penstock.versions.record import CERTIFICATE, GOLDEN_ROWS, RECORD, STATISTICS
from tests.kept_run import KeptRun, swap_bytes, texts, write


@pytest.fixture
def run(config):
    return KeptRun(config)


def version_of(config):
    [version] = pushed_versions.recorded(config)
    return version


def found(config, **how):
    return [str(difference) for difference in pushed_versions.check(version_of(config), **how)]


def without_record(folder):
    return {name: text for name, text in texts(folder).items() if name != RECORD.as_posix()}


def test_version_that_was_pushed_is_intact(config, run):
    assert (version_of(config).number, version_of(config).run) == (1, run.run)
    assert found(config) == found(config, verify=True) == []


DAMAGE = {
    "a truncated graph": lambda version: (version / "saved_model.pb").write_text("graph"),
    "other variables": lambda version: swap_bytes(version / "variables" / "variables.data-00000-of-00001"),
    "an edited vocabulary": lambda version: (version / "assets" / "vocabulary").write_text("Cash\nCart\n"),
    "no folder": shutil.rmtree,
    "an empty folder": lambda version: (shutil.rmtree(version), version.mkdir()),
    "a lost record": lambda version: ((version / RECORD).unlink(), swap_bytes(version / "saved_model.pb")),
    "a broken record": lambda version: (version / RECORD).write_text("{"),
    "other statistics": lambda version: (version / STATISTICS).write_text("x"),
    "one file more": lambda version: (version / "variables" / "more").touch(),
}


@pytest.mark.parametrize("lost", [None, "pushed_model"])
def test_damaged_version_is_restored_from_its_artifacts(config, run, lost):
    before = without_record(run.version)
    if lost:
        shutil.rmtree(run.folders[lost])
    for name, damage in DAMAGE.items():
        damage(run.version)
        assert found(config), name
        assert pushed_versions.restore(version_of(config)), name
        assert without_record(run.version) == before, name
        assert found(config, verify=True) == [], name
        assert [path.name for path in run.version.parent.iterdir() if path.name != ".lock"] == ["1"], name


def test_version_is_not_restored_from_damaged_artifacts(config, run):
    (run.version / "saved_model.pb").write_text("graph")
    before = texts(run.version)
    swap_bytes(run.folders["pushed_model"] / "saved_model.pb", keep_time=True)
    swap_bytes(run.folders["model"] / "Format-Serving" / "saved_model.pb", keep_time=True)
    assert not pushed_versions.restore(version_of(config))
    assert texts(run.version) == before


def test_version_keeps_its_statistics_if_their_artifact_was_removed(config, run):
    (run.version / "saved_model.pb").write_text("graph")
    shutil.rmtree(run.folders["statistics"])
    assert pushed_versions.restore(version_of(config))
    assert (run.version / STATISTICS).read_text() == "statistics"
    (run.version / STATISTICS).unlink()
    assert not pushed_versions.restore(version_of(config))


def test_version_is_restored_with_its_certificate_from_the_artifact_or_its_own_copy(config, run):
    added = {STATISTICS: b"statistics", CERTIFICATE: b"certificate", GOLDEN_ROWS: b"rows"}
    with exclusive_access(run.version.parent):
        replace(run.folders["model"] / "Format-Serving", run.version, added)
    (run.version / "saved_model.pb").write_text("graph")
    assert pushed_versions.restore(version_of(config))
    assert {name: (run.version / name).read_bytes() for name in added} == added
    (run.version / GOLDEN_ROWS).write_bytes(b"other")
    assert not pushed_versions.restore(version_of(config))


def test_intact_version_of_another_model_in_the_folder_is_reported_and_unchanged(config, run, tmp_path):
    write(tmp_path / "model", {"saved_model.pb": "other"})
    shutil.rmtree(run.version)
    with exclusive_access(run.version.parent):
        publish(tmp_path / "model", run.version, {})
    assert found(config) == [f"the model is another one than run {run.run} pushed"]
    before = texts(run.version)
    assert not pushed_versions.restore(version_of(config))
    assert texts(run.version) == before


def test_version_pushed_before_there_were_digests_of_files_is_restored_too(config, run):
    before = without_record(run.version)
    digest = json.loads((run.version / RECORD).read_text())["digest"]
    (run.version / RECORD).write_text(json.dumps({"digest": digest}))
    assert found(config) == []
    (run.version / "saved_model.pb").write_text("graph")
    assert pushed_versions.restore(version_of(config))
    assert without_record(run.version) == before


def test_of_two_pushes_into_one_folder_the_later_counts(config, run):
    later = KeptRun(config, "20260102-000001")
    assert version_of(config).run == later.run


def test_many_versions_take_no_more_queries_than_few(config, run, work_of):
    few = work_of(lambda: pushed_versions.recorded(config))
    run.builder.push("later", run.artifacts["model"], run.artifacts["blessing"], 2)
    run.builder.push("latest", run.artifacts["model"], run.artifacts["blessing"], 3)
    many = work_of(lambda: pushed_versions.recorded(config))
    assert sorted(version.number for version in pushed_versions.recorded(config)) == [1, 2, 3]
    assert many.statements == few.statements
