"""The digest of a version does not depend on files that its user added to assets.extra."""

import pytest

from penstock.versions.digest import model_digest
from penstock.versions.record import RECORD, content_digest, write
from tests.kept_run import MODEL
from tests.kept_run import write as write_files


@pytest.fixture
def version(tmp_path):
    write_files(tmp_path, {**MODEL, "assets.extra/columns.json": "{}"})
    digest = content_digest(tmp_path)
    write(tmp_path, digest)
    assert model_digest(tmp_path) == digest
    return tmp_path


def test_file_that_the_user_added_does_not_count(version):
    before = model_digest(version)
    (version / "assets.extra" / "tf_serving_warmup_requests").write_text("x")
    assert model_digest(version) == before
    (version / "assets" / "other").write_text("x")
    assert model_digest(version) != before


@pytest.mark.parametrize("name", ["saved_model.pb", "assets.extra/columns.json"])
def test_changed_file_counts(version, name):
    before = model_digest(version)
    (version / name).write_text("{ }")
    assert model_digest(version) != before


def test_version_without_a_record_is_read_whole(version):
    (version / RECORD).unlink()
    before = model_digest(version)
    assert before == content_digest(version)
    (version / "assets.extra" / "other").write_text("x")
    assert model_digest(version) != before
