"""The record in a pushed version."""

import json
import os

import pytest

from penstock.versions import record as pushed_record
from penstock.versions.record import RECORD, STATISTICS, Push, content_digest
from tests.kept_run import MODEL, swap_bytes, write


@pytest.fixture
def version(tmp_path):
    write(tmp_path / "1", MODEL)
    (tmp_path / "1" / STATISTICS).parent.mkdir()
    (tmp_path / "1" / STATISTICS).write_text("statistics")
    pushed_record.write(tmp_path / "1", content_digest(tmp_path / "1"))
    return tmp_path / "1"


def found(version, **how):
    return [(d.kind, d.file) for d in pushed_record.check(version, **how)]


def test_record_holds_the_digest_and_each_file(version):
    record = json.loads((version / RECORD).read_text())
    assert record["digest"] == content_digest(version)
    assert sorted(record["files"]) == sorted([*MODEL, STATISTICS.as_posix()])
    assert found(version) == found(version, verify=True) == []


@pytest.mark.parametrize("name", [*MODEL, STATISTICS.as_posix()])
def test_damage_to_any_file_is_found(version, name):
    swap_bytes(version / name)
    assert found(version) == [("changed", name)]
    (version / name).unlink()
    assert found(version) == [("missing", name)]


def test_damage_that_left_size_and_time_is_found_by_verifying(version):
    swap_bytes(version / "saved_model.pb", keep_time=True)
    assert found(version) == []
    assert found(version, verify=True) == [("changed", "saved_model.pb")]


def test_what_users_put_into_assets_extra_is_no_damage_and_other_additions_are(version):
    (version / "assets.extra" / "tf_serving_warmup_requests").touch()
    assert found(version) == []
    (version / "variables" / "more").touch()
    assert found(version) == [("added", "variables/more")]


def test_copy_of_a_version_is_intact(version):
    for file in version.rglob("*"):
        os.utime(file, (1, 1))
    assert found(version) == []


def test_record_of_an_earlier_penstock_is_checked_by_its_digest(version):
    (version / RECORD).write_text(json.dumps({"digest": content_digest(version)}))
    assert pushed_record.read(version).model is None
    assert found(version) == []
    swap_bytes(version / "saved_model.pb")
    assert found(version) == [("changed", "the model")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"digest": "d", "files": {"a": 1}}'])
def test_record_that_cannot_be_read_counts_as_damage(version, text):
    (version / RECORD).write_text(text)
    assert pushed_record.read(version) is None
    assert found(version) == [("unreadable", RECORD.as_posix())]


def test_version_without_a_record_only_has_to_exist(version):
    (version / RECORD).unlink()
    assert found(version) == []
    assert found(version.with_name("2")) == [("missing", "the folder")]


def test_push_is_replaced_and_the_rest_of_the_record_is_kept(version):
    before = pushed_record.read(version)
    assert before.push is None
    pushed_record.update_push(version, Push(3, "origin"))
    after = pushed_record.read(version)
    assert (after.push, after.digest, after.files) == (Push(3, "origin"), before.digest, before.files)
    assert found(version, verify=True) == []
    assert not [file for file in (version / RECORD).parent.iterdir() if file.name.startswith(".")]


def test_version_without_a_record_gets_none(version):
    (version / RECORD).unlink()
    pushed_record.update_push(version, Push(3))
    assert not (version / RECORD).exists()


def test_record_without_files_keeps_its_form(version):
    (version / RECORD).write_text(json.dumps({"digest": "d"}))
    pushed_record.update_push(version, Push(1, "o"))
    assert json.loads((version / RECORD).read_text()) == {"digest": "d", "push": {"number": 1, "origin": "o"}}
