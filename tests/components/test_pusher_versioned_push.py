"""VersionedPush: versions rise, appear by one rename, and never half, whoever is killed when."""

import json
import multiprocessing
import os
import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from penstock.core import marked_folders
from penstock.core.errors import NodeError
from penstock.versions.record import CERTIFICATE, GOLDEN_ROWS, RECORD, STATISTICS, WARM_UP

pytestmark = pytest.mark.slow

# A child by fork has TFX imported already; it touches nothing of it but the push.
FORK = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def versioned_push():
    from components import pusher as versioned_push

    return versioned_push


@pytest.fixture
def target(tmp_path):
    return tmp_path / "models" / "taxi"


def model_in(folder, content="one"):
    """Return the folder of a model of three files."""
    model = folder / f"model-{content}"
    for name, text in {"saved_model.pb": content, "variables/variables.index": "i", "assets/words": "a\nb\n"}.items():
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text(text)
    return model


def files_of(folder):
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_versions_rise_and_hold_what_was_pushed(versioned_push, tmp_path, target):
    models = [model_in(tmp_path, content) for content in ("one", "two", "three")]
    assert [versioned_push.push(model, target) for model in models] == [1, 2, 3]
    assert names(target) == [".lock", "1", "2", "3"]
    for number, model in enumerate(models, 1):
        held = files_of(target / str(number))
        record = json.loads(held.pop("assets.extra/penstock.json"))
        assert record["digest"] == versioned_push.content_digest(model)
        assert held == files_of(model)


def test_same_model_keeps_its_version(versioned_push, tmp_path, target):
    one, two = model_in(tmp_path, "one"), model_in(tmp_path, "two")
    assert [versioned_push.push(model, target) for model in (one, two, one, two, one)] == [1, 2, 1, 2, 1]
    assert names(target) == [".lock", "1", "2"]


def test_model_that_was_put_there_without_a_record_keeps_its_version(versioned_push, tmp_path, target):
    one = model_in(tmp_path)
    shutil.copytree(one, target / "41")
    assert versioned_push.push(one, target) == 41
    assert versioned_push.push(model_in(tmp_path, "two"), target) == 42


def test_pushed_model_that_is_pushed_again_is_the_same(versioned_push, tmp_path, target):
    versioned_push.push(model_in(tmp_path), target)
    assert versioned_push.push(target / "1", target) == 1


@pytest.mark.parametrize(
    ("there", "version"),
    [
        (["7"], 8),
        (["9", "10"], 11),
        (["latest", "3.5", "-4", "v2"], 1),
        (["1.txt", "x"], 1),
        (["007"], 8),
    ],
)
def test_next_version_follows_the_highest_integer(versioned_push, tmp_path, target, there, version):
    for name in there:
        (target / name).mkdir(parents=True)
    (target / "99").write_text("a file is no version")
    assert versioned_push.push(model_in(tmp_path), target) == version


def test_damaged_record_is_computed_again(versioned_push, tmp_path, target):
    one = model_in(tmp_path)
    versioned_push.push(one, target)
    for text in ("", "[]", '{"x": 1}'):
        (target / "1" / RECORD).write_text(text)
        assert versioned_push.push(one, target) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda version: (version / "saved_model.pb").write_text("o"),
        lambda version: (version / "variables" / "variables.index").unlink(),
        lambda version: (version / "assets" / "words").write_text("a\nc\n"),
        lambda version: (version / RECORD).write_text("{"),
        lambda version: (version / RECORD.with_name("statistics.pb")).write_text("other"),
    ],
)
def test_same_model_replaces_its_version_where_that_is_damaged(versioned_push, tmp_path, target, damage):
    one = model_in(tmp_path)
    versioned_push.push(one, target, {STATISTICS: b"statistics"})
    before = {name: text for name, text in files_of(target / "1").items() if name != RECORD.as_posix()}
    damage(target / "1")
    assert versioned_push.push(one, target, {STATISTICS: b"statistics"}) == 1
    assert {name: text for name, text in files_of(target / "1").items() if name != RECORD.as_posix()} == before
    assert names(target) == [".lock", "1"]


@pytest.mark.parametrize(
    "change",
    [
        lambda model: (model / "saved_model.pb").write_text("One"),
        lambda model: (model / "saved_model.pb").rename(model / "saved_model.pbtxt"),
        lambda model: (model / "assets" / "words").unlink(),
        lambda model: (model / "assets" / "more").touch(),
    ],
)
def test_digest_changes_with_names_and_contents(versioned_push, tmp_path, change):
    model = model_in(tmp_path)
    before = versioned_push.content_digest(model)
    change(model)
    assert versioned_push.content_digest(model) != before


def test_digest_leaves_times_and_our_own_record_out(versioned_push, tmp_path):
    model = model_in(tmp_path)
    before = versioned_push.content_digest(model)
    os.utime(model / "saved_model.pb", (1, 1))
    (model / RECORD).parent.mkdir()
    (model / RECORD).write_text("{}")
    assert versioned_push.content_digest(model) == before


def test_staged_rest_of_a_killed_push_is_swept(versioned_push, tmp_path, target):
    rest = target / ".staging-abc"
    marked_folders.make(rest)
    (rest / "1" / "variables").mkdir(parents=True)
    (rest / "1" / "variables" / "half").touch()
    assert versioned_push.push(model_in(tmp_path), target) == 1
    assert names(target) == [".lock", "1"]


def test_folders_of_the_user_with_the_name_of_a_staged_version_stay(versioned_push, tmp_path, target):
    notes = tmp_path / "notes"
    for folder in (notes, target / ".staging-notes"):
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
    (target / ".staging-link").symlink_to(notes)
    (target / ".staging-file").write_text("mine")
    assert versioned_push.push(model_in(tmp_path), target) == 1
    assert names(target) == [".lock", ".staging-file", ".staging-link", ".staging-notes", "1"]
    assert [(folder / "notes.txt").read_text() for folder in (notes, target / ".staging-notes")] == ["mine", "mine"]


def test_version_is_for_its_user_alone_whatever_the_rights_of_the_model(versioned_push, tmp_path, target):
    model = model_in(tmp_path)
    for path in [model, *model.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    versioned_push.push(model, target, {STATISTICS: b"statistics"})
    version = target / "1"
    modes = {(path.is_dir(), oct(path.stat().st_mode & 0o777)) for path in [version, *version.rglob("*")]}
    assert modes == {(True, "0o700"), (False, "0o600")}


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def killed_after_a_file(model, target):
    from components import pusher as versioned_push
    from penstock.versions import folders

    copied = []

    def copy(source, destination, **options):
        if copied:
            die()
        copied.append(source)
        return shutil.copy2(source, destination, **options)

    folders.shutil = SimpleNamespace(
        copytree=lambda source, made, **how: shutil.copytree(source, made, copy_function=copy, **how),
        rmtree=shutil.rmtree,
    )
    versioned_push.push(model, target)


def killed_before_the_rename(model, target):
    from components import pusher as versioned_push

    Path.rename = die
    versioned_push.push(model, target)


@pytest.mark.parametrize("kill", [killed_after_a_file, killed_before_the_rename])
def test_killed_push_leaves_no_half_version_and_the_next_one_pushes(versioned_push, tmp_path, target, kill):
    versioned_push.push(model_in(tmp_path), target)
    two = model_in(tmp_path, "two")
    child = FORK.Process(target=kill, args=(two, target))
    child.start()
    child.join(300)
    assert child.exitcode == -signal.SIGKILL
    assert [name for name in names(target) if not name.startswith(".")] == ["1"]
    assert any(name.startswith(".staging-") for name in names(target))
    assert versioned_push.push(two, target) == 2
    assert names(target) == [".lock", "1", "2"]
    assert files_of(target / "2").keys() - {"assets.extra/penstock.json"} == files_of(two).keys()


def pushing(model, target, queue):
    from components import pusher as versioned_push

    queue.put(versioned_push.push(model, target))


def test_pushes_at_the_same_time_get_different_versions(versioned_push, tmp_path, target):
    queue = FORK.Queue()
    models = [model_in(tmp_path, f"{number}") for number in range(4)]
    children = [FORK.Process(target=pushing, args=(model, target, queue)) for model in models]
    for child in children:
        child.start()
    versions = sorted(queue.get(timeout=600) for _ in children)
    for child in children:
        child.join(300)
    assert versions == [1, 2, 3, 4]
    assert {files_of(target / str(version))["saved_model.pb"] for version in versions} == {"0", "1", "2", "3"}


def test_same_model_pushed_at_the_same_time_gets_one_version(versioned_push, tmp_path, target):
    queue, model = FORK.Queue(), model_in(tmp_path)
    children = [FORK.Process(target=pushing, args=(model, target, queue)) for _ in range(3)]
    for child in children:
        child.start()
    assert [queue.get(timeout=600) for _ in children] == [1, 1, 1]
    for child in children:
        child.join(300)
    assert names(target) == [".lock", "1"]


def test_folder_that_cannot_be_written_is_a_sentence(versioned_push, tmp_path):
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "models"
    with pytest.raises(NodeError) as refused:
        versioned_push.push(model_in(tmp_path), target)
    assert str(refused.value) == (
        f"push to {target}: expected a writable folder, received Not a directory; change [push] directory."
    )


def executed(folder, target, *, blessed):
    """Run the executor as Pusher does; return the artifact that it gives."""
    from tfx.proto import pusher_pb2
    from tfx.types import standard_artifacts
    from tfx.utils import proto_utils

    from components.pusher import VersionedPush

    model, blessing, pushed = (
        standard_artifacts.Model(),
        standard_artifacts.ModelBlessing(),
        standard_artifacts.PushedModel(),
    )
    model.uri, blessing.uri, pushed.uri = str(folder), str(folder / "blessing"), str(folder / "pushed")
    shutil.copytree(model_in(folder), folder / "Format-Serving")
    (folder / "blessing").mkdir()
    (folder / "blessing" / ("BLESSED" if blessed else "NOT_BLESSED")).touch()
    blessing.set_int_custom_property("blessed", int(blessed))
    destination = pusher_pb2.PushDestination(
        filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=str(target))
    )
    VersionedPush().Do(
        {"model": [model], "model_blessing": [blessing]},
        {"pushed_model": [pushed]},
        {"push_destination": proto_utils.proto_to_json(destination)},
    )
    return pushed


def test_blessed_model_is_pushed_and_the_artifact_says_where(versioned_push, tmp_path, target):
    pushed = executed(tmp_path, target, blessed=True)
    assert pushed.get_int_custom_property("pushed") == 1
    assert pushed.get_string_custom_property("pushed_version") == "1"
    assert pushed.get_string_custom_property("pushed_destination") == str(target / "1")
    assert files_of(Path(pushed.uri)) == files_of(tmp_path / "Format-Serving")
    assert names(target) == [".lock", "1"]


def test_refused_model_pushes_nothing(versioned_push, tmp_path, target):
    pushed = executed(tmp_path, target, blessed=False)
    assert pushed.get_int_custom_property("pushed") == 0
    assert not target.exists()


def test_same_model_gets_a_certificate_that_its_version_did_not_have(versioned_push, tmp_path, target):
    model = model_in(tmp_path)
    assert versioned_push.push(model, target, {STATISTICS: b"s"}) == 1
    (target / "1" / "assets.extra" / "notes").write_text("mine")
    added = {STATISTICS: b"s", CERTIFICATE: b"c", GOLDEN_ROWS: b"g", WARM_UP: b"w"}
    assert versioned_push.push(model, target, added) == 1
    assert {name: (target / "1" / name).read_bytes() for name in added} == added
    assert (target / "1" / "assets.extra" / "notes").read_text() == "mine"
    before = (target / "1" / CERTIFICATE).stat().st_mtime_ns
    assert versioned_push.push(model, target, {**added, CERTIFICATE: b"another"}) == 1
    assert (target / "1" / CERTIFICATE).stat().st_mtime_ns == before


def test_digest_of_a_version_does_not_depend_on_what_the_push_adds(versioned_push, tmp_path, target):
    from penstock.versions.digest import model_digest

    model = model_in(tmp_path)
    versioned_push.push(model, target, {CERTIFICATE: b"c", GOLDEN_ROWS: b"g", WARM_UP: b"w"})
    assert model_digest(target / "1") == versioned_push.content_digest(model)
    (target / "1" / WARM_UP).write_bytes(b"of a user")
    assert model_digest(target / "1") == versioned_push.content_digest(model)
