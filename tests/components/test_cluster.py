"""The check of a cluster: its comparison of two machines, and its errors from the texts that a cluster gives back."""

import base64
import json
import socket

import pytest

from components.cluster import Seen, check_cluster, difference, refusal, versions
from penstock.core.errors import ConfigError
from tests.metadata_store import configuration

pytestmark = pytest.mark.slow


def settings(tmp_path, *more):
    return configuration(tmp_path, "beam.runner=flink", 'beam.options=["--job_endpoint=127.0.0.1:1"]', *more).beam


@pytest.fixture
def seen(tmp_path):
    """The state of this machine."""
    file, folder = tmp_path / "rows.csv", tmp_path / "artifacts"
    file.write_text("a,b\n")
    folder.mkdir()
    (folder / "token").touch()
    return Seen(versions(), {str(file): 4}, str(folder), "token")


def test_machine_is_like_itself(seen):
    assert difference(seen, versions()) is None
    assert {"Python", "apache-beam", "tfx", "the code of Penstock"} <= versions().keys()


@pytest.mark.parametrize("name", ["Python", "apache-beam", "the code of Penstock"])
def test_other_version_on_a_worker_is_named_with_both(seen, name):
    for received in ("0.1", None):
        here = {key: value for key, value in versions().items() if key != name} | ({name: received} if received else {})
        error = difference(seen, here)
        assert isinstance(error, ConfigError)
        host = socket.gethostname()
        assert str(error).startswith(f"{name} of the workers on {host}: expected {seen.versions[name]}, ")
        assert f"received {received or 'none'};" in str(error)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda folder: (folder / "rows.csv").unlink(),
            "expected the file of the run, of 4 bytes, received no such",
        ),
        (lambda folder: (folder / "rows.csv").write_text(""), "of 4 bytes, received 0 bytes; mount its folder"),
        (
            lambda folder: (folder / "artifacts" / "token").unlink(),
            "received another one, or one that cannot",
        ),
        (lambda folder: (folder / "artifacts").rename(folder / "b"), "received no such folder; mount state.directory"),
    ],
)
def test_file_or_folder_that_a_worker_does_not_see_is_named(seen, tmp_path, change, words):
    change(tmp_path)
    assert words in str(difference(seen, versions()))


def test_refusal_of_a_worker_comes_back_in_its_words(tmp_path, seen):
    error = ConfigError("the source", 'a "file"\n', "näh", "go")
    parts = base64.urlsafe_b64encode(json.dumps(error.as_dict()).encode()).decode()
    text = f"java.lang.RuntimeException: RuntimeError: penstock-refusal:{parts}: [while running 'Look']\n\tat Foo.java"
    assert refusal(text, settings(tmp_path)).as_dict() == error.as_dict()


def test_unknown_end_of_the_first_job_names_the_job_server(tmp_path):
    error = refusal("Pipeline failed\n\n  java.lang.IllegalStateException: no\n", settings(tmp_path))
    assert "127.0.0.1:1" in str(error)
    assert "received java.lang.IllegalStateException: no;" in str(error)


def test_nothing_is_checked_without_a_cluster_and_nothing_is_left_with_none(tmp_path):
    check_cluster(configuration(tmp_path).beam, [], [], tmp_path / "artifacts")
    assert not (tmp_path / "artifacts").exists()
    with pytest.raises(ConfigError, match="expected a server that takes connections, received connection refused"):
        check_cluster(settings(tmp_path), [], [], tmp_path / "artifacts")
    assert not (tmp_path / "artifacts").exists()
