"""DefaultVersion copies the version that the registry's alias points to."""

import pytest

from penstock.core.errors import NodeError
from penstock.versions.folders import exclusive_access, publish
from penstock.versions.record import STATISTICS, content_digest
from tests.components.launching import artifact, execute

pytestmark = pytest.mark.slow


@pytest.fixture
def version(tmp_path):
    model = tmp_path / "trained"
    model.mkdir()
    (model / "saved_model.pb").write_text("graph")
    with exclusive_access(tmp_path / "models"):
        publish(model, tmp_path / "models" / "3", {STATISTICS: b"statistics"})
    return tmp_path / "models" / "3"


def find(folder, digest, tmp_path):
    from components.default_version import DefaultVersion

    model = artifact("Model", tmp_path / "found")
    node = DefaultVersion(folder=folder, digest=digest, code="x")
    execute(node, {}, {"model": model}, tmp_path / "temporary", [])
    return model


def test_model_of_the_version_is_copied_without_what_penstock_added(version, tmp_path):
    model = find(str(version), content_digest(version), tmp_path)
    files = [file.relative_to(model.uri).as_posix() for file in (tmp_path / "found").rglob("*") if file.is_file()]
    assert files == ["Format-Serving/saved_model.pb"]
    assert model.get_string_custom_property("pushed_version") == "3"


def test_files_that_the_user_added_are_neither_compared_nor_copied(version, tmp_path):
    digest = content_digest(version)
    (version / "assets.extra" / "tf_serving_warmup_requests").write_text("requests")
    find(str(version), digest, tmp_path)
    assert [file.name for file in (tmp_path / "found").rglob("*") if file.is_file()] == ["saved_model.pb"]


def test_without_a_version_there_is_no_model(tmp_path):
    find("", "", tmp_path)
    assert not list((tmp_path / "found").glob("*"))


def test_version_that_changed_since_it_was_looked_up_is_refused(version, tmp_path):
    with pytest.raises(NodeError, match="expected the files that the registry has, "):
        find(str(version), "0" * 64, tmp_path)
