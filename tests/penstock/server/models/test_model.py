"""Which versions are loaded and unloaded, with a loader that reads a word from `saved_model.pb`."""

import logging
import shutil
import threading

import pytest

from penstock.server.errors import Code, ServingError
from penstock.server.models.config import ModelConfig, Policy, Settings
from penstock.server.models.model import Model
from penstock.server.models.observer import Observer
from penstock.server.models.states import State

AT_ONCE = Settings(retry_seconds=0.0)


class Loaded:
    """What the server needs of a loaded version."""

    def __init__(self, model, version, content):
        self.model, self.version, self.content = model, version, content
        self.users, self.is_closed = 0, False

    def acquire(self):
        assert not self.is_closed
        self.users += 1

    def release(self):
        self.users -= 1

    @property
    def is_used(self):
        return self.users > 0

    def close(self):
        assert not self.users
        self.is_closed = True


class Loader:
    """Loads versions, and remembers which."""

    def __init__(self):
        self.calls = []

    def __call__(self, folder, model, version):
        self.calls.append(version)
        content = (folder / "saved_model.pb").read_text()
        if content == "broken":
            raise ServingError(Code.DATA_LOSS, "it is broken")
        return Loaded(model, version, content)


class Changes(Observer):
    """Remembers the states."""

    def __init__(self):
        self.states = []

    def changed(self, model, version, state):
        self.states.append((version, state))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def push(folder, number, content="sound"):
    version = folder / str(number)
    version.mkdir(parents=True, exist_ok=True)
    (version / "saved_model.pb").write_text(content)


def model_of(folder, policy=Policy(), labels=(), settings=AT_ONCE, observer=None):
    made = Model(ModelConfig("m", folder, policy, labels or {}), Loader(), settings, observer or Observer())
    made.poll()
    return made


def states(model):
    return {each.version: each.state.name for each in model.states()}


def latest(model):
    servable = model.acquire(None, None)
    servable.release()
    return servable.version, servable.content


@pytest.mark.parametrize(
    ("policy", "loaded"),
    [
        (Policy(), {3}),
        (Policy(latest=2), {2, 3}),
        (Policy(latest=9), {1, 2, 3}),
        (Policy(every=True), {1, 2, 3}),
        (Policy(specific=(1, 3)), {1, 3}),
        (Policy(specific=(7,)), set()),
    ],
)
def test_policy_says_which_versions_are_loaded(folder, policy, loaded):
    for number in (1, 2, 3):
        push(folder, number)
    assert states(model_of(folder, policy)) == dict.fromkeys(loaded, "AVAILABLE")


def test_new_version_is_loaded_before_the_old_one_is_unloaded(folder):
    push(folder, 1)
    changes = Changes()
    model = model_of(folder, observer=changes)
    push(folder, 10)
    model.poll()
    assert changes.states[2:] == [(10, "LOADING"), (10, "AVAILABLE"), (1, "UNLOADING"), (1, "END")]
    assert states(model) == {10: "AVAILABLE", 1: "END"}
    assert latest(model) == (10, "sound")


def test_version_in_use_is_unloaded_after_its_last_use(folder):
    push(folder, 1)
    model = model_of(folder)
    used = model.acquire(None, None)
    push(folder, 2)
    model.poll()
    assert states(model) == {2: "AVAILABLE", 1: "UNLOADING"}
    assert not used.is_closed
    used.release()
    assert model.poll() == 1
    assert states(model) == {2: "AVAILABLE", 1: "END"}
    assert used.is_closed


def test_broken_version_is_reported_and_the_last_good_one_goes_on(folder, caplog):
    push(folder, 1)
    model = model_of(folder)
    push(folder, 2, "broken")
    with caplog.at_level(logging.ERROR):
        model.poll()
    assert latest(model) == (1, "sound")
    [broken, good] = model.states()
    assert (broken.version, broken.state, broken.code, broken.message) == (2, State.END, Code.DATA_LOSS, "it is broken")
    assert (good.version, good.state, good.code) == (1, State.AVAILABLE, Code.OK)
    assert "version 2 cannot be loaded, version 1 goes on: DATA_LOSS: it is broken" in caplog.text


def test_broken_version_at_the_start_leaves_the_one_before_it(folder):
    push(folder, 1), push(folder, 2), push(folder, 3, "broken")
    model = model_of(folder)
    assert states(model) == {3: "END", 2: "AVAILABLE"}


def test_broken_version_is_retried_until_it_can_be_loaded(folder):
    push(folder, 1), push(folder, 2, "broken")
    model = model_of(folder)
    model.poll()
    assert model._load.calls == [2, 1, 2]
    push(folder, 2)
    model.poll()
    assert states(model) == {2: "AVAILABLE", 1: "END"}


def test_retry_waits_unless_the_version_was_replaced(folder):
    push(folder, 1, "broken")
    model = model_of(folder, settings=Settings(retry_seconds=3600, longest_retry_seconds=3600))
    model.poll()
    assert model._load.calls == [1]
    push(folder, 1, "sound again")
    model.poll()
    assert model._load.calls == [1, 1]
    assert latest(model) == (1, "sound again")


def test_version_that_is_replaced_is_loaded_again(folder):
    push(folder, 1, "first")
    model = model_of(folder)
    used = model.acquire(None, None)
    push(folder, 1, "second")
    model.poll()
    assert latest(model) == (1, "second")
    assert not used.is_closed
    used.release()
    model.poll()
    assert used.is_closed
    assert states(model) == {1: "AVAILABLE"}


@pytest.mark.parametrize("damage", [lambda file: file.write_text("broken"), lambda file: file.unlink()])
def test_version_that_is_damaged_while_it_is_loaded_goes_on(folder, damage):
    push(folder, 1)
    model = model_of(folder)
    damage(folder / "1" / "saved_model.pb")
    model._load = refuse
    model.poll()
    assert latest(model) == (1, "sound")
    assert states(model) == {1: "AVAILABLE"}


def refuse(*_):
    raise ServingError(Code.NOT_FOUND, "no file")


def test_latest_version_that_is_deleted_gives_way_to_the_one_before(folder):
    push(folder, 1), push(folder, 2)
    model = model_of(folder)
    shutil.rmtree(folder / "2")
    model.poll()
    assert latest(model) == (1, "sound")
    assert states(model) == {2: "END", 1: "AVAILABLE"}


def test_last_version_goes_on_when_all_are_deleted(folder, caplog):
    push(folder, 1)
    model = model_of(folder)
    shutil.rmtree(folder)
    model.poll()
    assert latest(model) == (1, "sound")
    assert "the folder cannot be read" in caplog.text


def test_folder_may_be_made_after_the_start(folder):
    model = model_of(folder)
    assert model.states() == []
    push(folder, 5)
    model.poll()
    assert latest(model) == (5, "sound")


def test_error_of_a_version_is_forgotten_when_it_is_deleted(folder):
    push(folder, 1), push(folder, 2, "broken")
    model = model_of(folder)
    shutil.rmtree(folder / "2")
    model.poll()
    assert states(model) == {1: "AVAILABLE"}


def test_versions_of_labels_are_served_too(folder):
    push(folder, 1), push(folder, 2)
    model = model_of(folder, labels={"stable": 1, "canary": 2})
    assert states(model) == {1: "AVAILABLE", 2: "AVAILABLE"}
    assert [model.acquire(None, label).version for label in ("stable", "canary")] == [1, 2]


def test_label_moves_only_to_a_version_that_is_available(folder, caplog):
    labels = {"stable": 1}
    push(folder, 1)
    model = model_of(folder, labels=lambda: labels)
    labels["stable"] = 2
    model.poll()
    assert model.labels == {"stable": 1}
    push(folder, 2, "broken")
    model.poll()
    assert model.labels == {"stable": 1}
    assert "the label stable stays at version 1, as version 2 is not available" in caplog.text
    push(folder, 2)
    model.poll()
    assert model.labels == {"stable": 2}
    assert states(model) == {2: "AVAILABLE", 1: "END"}


def test_labels_that_cannot_be_read_stay_as_they_are(folder, caplog):
    answers = [{"stable": 1}]
    push(folder, 1), push(folder, 2)
    model = model_of(folder, labels=lambda: answers.pop())
    model.poll()
    assert model.labels == {"stable": 1}
    assert "the labels cannot be read" in caplog.text
    assert states(model) == {2: "AVAILABLE", 1: "AVAILABLE"}


@pytest.mark.parametrize(
    ("version", "label", "code", "text"),
    [
        (2, None, Code.NOT_FOUND, "Servable not found for request: Specific(m, 2)"),
        (None, "stable", Code.INVALID_ARGUMENT, "Unrecognized servable version label: stable"),
    ],
)
def test_what_is_not_loaded_is_not_found(folder, version, label, code, text):
    push(folder, 1)
    with pytest.raises(ServingError) as refused:
        model_of(folder).acquire(version, label)
    assert (refused.value.code, refused.value.message) == (code, text)


@pytest.mark.slow
def test_no_request_fails_while_versions_are_swapped(folder):
    push(folder, 1)
    model = model_of(folder)
    failures, seen, ended = [], set(), threading.Event()

    def ask():
        while not ended.is_set():
            try:
                servable = model.acquire(None, None)
                assert not servable.is_closed
                seen.add(servable.version)
                servable.release()
            except Exception as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(2, 120):
            push(folder, number)
            model.poll()
    finally:
        ended.set()
    for thread in threads:
        thread.join()
    assert failures == []
    model.poll()
    assert states(model)[119] == "AVAILABLE"
    assert len(states(model)) <= 102


def challenged(folder, challenger, policy=Policy(), labels=()):
    config = ModelConfig("m", folder, policy, labels or {}, challenger)
    made = Model(config, Loader(), AT_ONCE, Observer())
    made.poll()
    return made


@pytest.mark.parametrize(
    ("challenger", "policy", "labels", "loaded", "answers", "copies"),
    [
        ("2", Policy(), {}, [2, 3], 3, 2),
        ("3", Policy(specific=(1,)), {}, [1, 3], 1, 3),
        ("staging", Policy(specific=(2,)), {"staging": 3, "stable": 1}, [1, 2, 3], 2, 3),
        ("3", Policy(), {}, [3], 3, 3),
        ("7", Policy(), {}, [3], 3, None),
        ("none", Policy(), {}, [3], 3, None),
    ],
)
def test_challenger_is_loaded_in_addition_and_the_others_answer(
    folder, challenger, policy, labels, loaded, answers, copies
):
    for number in (1, 2, 3):
        push(folder, number)
    model = challenged(folder, challenger, policy, labels)
    assert [number for number, state in sorted(states(model).items()) if state == "AVAILABLE"] == loaded
    assert (latest(model)[0], model.challenger) == (answers, copies)


def test_challenger_answers_nothing_by_itself(folder):
    push(folder, 1, "broken")
    push(folder, 2)
    model = challenged(folder, "2", Policy(specific=(1,)))
    assert model.challenger == 2
    assert not model.is_ready
    with pytest.raises(ServingError, match=r"Latest\(m\)"):
        model.acquire(None, None)
    asked = model.acquire(2, None)
    assert asked.version == 2
    asked.release()


def test_version_swaps_leave_the_challenger_and_its_swaps_leave_the_version(folder):
    push(folder, 1)
    labels = {"next": 1}
    push(folder, 2)
    model = challenged(folder, "next", labels=lambda: labels)
    push(folder, 3)
    model.poll()
    assert (latest(model)[0], model.challenger, states(model)[2]) == (3, 1, "END")
    labels["next"] = 2
    model.poll()
    assert (latest(model)[0], model.challenger, states(model)[1]) == (3, 2, "END")


@pytest.mark.parametrize("fault", ["broken", "deleted"])
def test_challenger_that_is_broken_or_deleted_changes_no_answer(folder, fault):
    push(folder, 1)
    push(folder, 2, "broken" if fault == "broken" else "sound")
    model = challenged(folder, "2", Policy(specific=(1,)))
    if fault == "deleted":
        shutil.rmtree(folder / "2")
        model.poll()
    assert (latest(model)[0], model.challenger) == (1, None)
    push(folder, 2)
    model.poll()
    assert (latest(model)[0], model.challenger) == (1, 2)


def test_folder_that_is_gone_leaves_the_version_and_not_the_challenger(folder):
    push(folder, 1)
    push(folder, 2)
    model = challenged(folder, "2", Policy(specific=(1,)))
    shutil.rmtree(folder)
    model.poll()
    assert (latest(model)[0], model.challenger) == (1, None)
