"""Versions in a bucket; TensorFlow's `ram` stands for it."""

import uuid
from pathlib import Path

import pytest

from penstock.versions import record
from penstock.versions.record import RECORD, STATISTICS

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket():
    return f"ram://{uuid.uuid4().hex}/models"


def model_in(folder, content):
    for name in ("saved_model.pb", "variables/variables.index", "assets.extra/columns.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name} of {content}")
    return folder


def push(folder, bucket, content, origin=""):
    from components.pusher import push_to

    return push_to(model_in(folder / content, content), bucket, {STATISTICS: b"statistics"}, origin or content)


def names(place):
    from tensorflow.io import gfile

    found = [f"{root}/{name}".removeprefix(place) for root, _, names in gfile.walk(place) for name in names]
    return sorted(name.strip("/") for name in found)


def test_versions_rise_and_the_same_model_keeps_its_number(tmp_path, bucket):
    assert [push(tmp_path, bucket, content) for content in ("a", "b", "a")] == [1, 2, 1]
    of_model = {"saved_model.pb", "variables/variables.index", "assets.extra/columns.json"}
    expected = {*of_model, RECORD.as_posix(), STATISTICS.as_posix()}
    assert names(bucket) == sorted(f"{number}/{name}" for number in (1, 2) for name in expected)


def test_version_is_complete_in_the_bucket(tmp_path, bucket):
    from components.artifact_files import local_input

    push(tmp_path, bucket, "a")
    with local_input(f"{bucket}/1") as version:
        assert record.check(version, verify=True) == ()
        assert (version / STATISTICS).read_bytes() == b"statistics"


def test_record_is_written_last_and_the_model_before_it(tmp_path, bucket, monkeypatch):
    from tensorflow.io import gfile

    written, copy = [], gfile.copy

    def noted(source, target, **how):
        written.append(target)
        copy(source, target, **how)

    monkeypatch.setattr(gfile, "copy", noted)
    push(tmp_path, bucket, "a")
    assert [target.removeprefix(f"{bucket}/1/") for target in written][-2:] == ["saved_model.pb", RECORD.as_posix()]


def test_incomplete_version_keeps_its_number_and_is_no_version(tmp_path, bucket):
    from tensorflow.io import gfile

    from components.latest_version import latest
    from components.version_folder import mirrored

    push(tmp_path, bucket, "a")
    gfile.makedirs(f"{bucket}/2")
    with gfile.GFile(f"{bucket}/2/saved_model.pb", "w") as file:
        file.write("half")
    with mirrored(bucket) as folder:
        assert [child.name for child in folder.iterdir()] == ["1"]
    with latest(bucket) as version:
        assert version.number == 1
    assert push(tmp_path, bucket, "b") == 3


def test_folder_that_does_not_exist_is_empty(bucket):
    from components.version_folder import mirrored, numbers

    with mirrored(bucket) as folder:
        assert list(folder.iterdir()) == []
    assert numbers(bucket) == []


def test_folder_on_this_machine_is_itself(tmp_path):
    from components.version_folder import mirrored

    with mirrored(str(tmp_path)) as folder:
        assert folder == Path(tmp_path)
