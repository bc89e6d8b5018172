"""LatestVersion finds the model that TFX's Resolver finds, after histories of real pushes and blessings."""

import json
import shutil
from pathlib import Path

import pytest

from penstock.versions.record import RECORD, STATISTICS
from tests.components.launching import artifact, execute
from tests.metadata_store import StoreBuilder, configuration

pytestmark = pytest.mark.slow


class History:
    """Trained models, by their content: recorded in ML Metadata, and pushed where they are blessed."""

    def __init__(self, folder):
        self.folder, self.directory = folder, folder / "models"
        self.builder = StoreBuilder(configuration(folder))
        self._models = {}

    def train(self, content, *, blessed=True):
        """Train, evaluate and push a model; return the number of its artifact."""
        run = f"run{len(self._models) + 1}"
        number = self.builder.node(run, "Trainer", outputs={"model": ("Model", {})})["model"]
        self._models[number] = model = self.folder / "trained" / str(number)
        files = {"saved_model.pb": content, "assets.extra/columns.json": f"columns of {content}"}
        for name, text in files.items():
            (model / "Format-Serving" / name).parent.mkdir(parents=True, exist_ok=True)
            (model / "Format-Serving" / name).write_text(text)
        return self.evaluate(number, blessed=blessed)

    def evaluate(self, number, *, blessed=True):
        """Evaluate a model that was trained before, and push it; return the number of its artifact."""
        from components.pusher import push

        properties = {"blessed": int(blessed), "current_model_id": number}
        self.builder.node("run", "Evaluator", outputs={"blessing": ("ModelBlessing", properties)})
        if blessed:
            model = self._models[number]
            push(model / "Format-Serving", self.directory, {STATISTICS: b"statistics"}, str(model))
        return number

    def remove(self, number):
        """Delete a model, and the versions of it."""
        from ml_metadata.proto import metadata_store_pb2 as proto

        [found] = self.builder.store.get_artifacts_by_id([number])
        found.state = proto.Artifact.DELETED
        self.builder.store.put_artifacts([found])
        content = self.content(self._models[number] / "Format-Serving")
        for version in self.directory.glob("[0-9]*"):
            if self.content(version) == content:
                shutil.rmtree(version)

    def resolved_by_tfx(self):
        """Return the content of the model that the strategy of TFX's Resolver finds."""
        from ml_metadata.proto import metadata_store_pb2 as proto
        from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
        from tfx.types.artifact_utils import deserialize_artifact

        store = self.builder.store

        def live(kind):
            kinds = {each.name: each for each in store.get_artifact_types()}
            found = [each for each in store.get_artifacts_by_type(kind) if each.state != proto.Artifact.DELETED]
            return [deserialize_artifact(kinds[kind], each) for each in found]

        given = {"model": live("Model"), "model_blessing": live("ModelBlessing")}
        found = LatestBlessedModelStrategy().resolve_artifacts(store, given)["model"]
        return self.content(self._models[found[0].id] / "Format-Serving") if found else None

    def resolved_by_us(self):
        """Return the content of the model that LatestVersion finds, as Evaluator and Trainer read it."""
        from components.artifact_files import with_models
        from components.latest_version import LatestVersion

        target = self.folder / "resolved"
        shutil.rmtree(target, ignore_errors=True)
        output = artifact("Model", target)
        execute(LatestVersion(directory=str(self.directory), code="x"), {}, {"model": output}, self.folder, [])
        given = with_models({"model": [output], "examples": ["any"]}, "model")
        assert given["examples"] == ["any"]
        return self.content(target / "Format-Serving") if "model" in given else None

    @staticmethod
    def content(model):
        """Return the files of a model, without what Penstock adds when it is pushed."""
        files = {file.relative_to(model).as_posix(): file.read_text() for file in model.rglob("*") if file.is_file()}
        return {name: text for name, text in files.items() if "penstock" not in name and "statistics" not in name}


@pytest.fixture
def history(tmp_path):
    return History(tmp_path)


def none(history):
    return None


def only_refused_ones(history):
    history.train("a", blessed=False)
    return


def one(history):
    history.train("a")
    return "a"


def several(history):
    for content in "abc":
        history.train(content)
    return "c"


def refused_ones_in_between(history):
    for content, blessed in (("a", False), ("b", True), ("c", False), ("d", True), ("e", False)):
        history.train(content, blessed=blessed)
    return "d"


def the_latest_removed(history):
    history.train("a")
    history.remove(history.train("b"))
    return "a"


def the_only_one_removed(history):
    history.remove(history.train("a"))
    return


def an_earlier_one_removed(history):
    first = history.train("a")
    history.train("b")
    history.remove(first)
    return "b"


def an_earlier_one_evaluated_again(history):
    first = history.train("a")
    history.train("b")
    history.evaluate(first)
    return "b"


def the_same_content_trained_again(history):
    for content in "aba":
        history.train(content)
    return "a"


def the_same_content_trained_again_and_then_another(history):
    for content in "abac":
        history.train(content)
    return "c"


def the_same_content_trained_again_and_evaluated_twice(history):
    history.train("a")
    second = history.train("b")
    history.train("a")
    history.evaluate(second)
    return "a"


HISTORIES = (
    *(none, only_refused_ones, one, several, refused_ones_in_between, the_latest_removed, the_only_one_removed),
    *(an_earlier_one_removed, an_earlier_one_evaluated_again, the_same_content_trained_again),
    *(the_same_content_trained_again_and_then_another, the_same_content_trained_again_and_evaluated_twice),
)


@pytest.mark.parametrize("happened", HISTORIES, ids=lambda happened: happened.__name__)
def test_the_model_is_the_one_that_tfx_resolves(history, happened):
    content = happened(history)
    expected = content and {"saved_model.pb": content, "assets.extra/columns.json": f"columns of {content}"}
    assert history.resolved_by_tfx() == history.resolved_by_us() == expected


def test_version_of_an_earlier_release_is_ordered_by_its_number(history):
    for content in "ab":
        history.train(content)
    for record in history.directory.glob(f"*/{RECORD}"):
        values = json.loads(record.read_text())
        del values["push"]
        record.write_text(json.dumps(values))
    assert history.resolved_by_us()["saved_model.pb"] == "b"
    history.train("c")
    assert history.resolved_by_us()["saved_model.pb"] == "c"


def test_damaged_version_is_left_out(history, caplog):
    for content in "ab":
        history.train(content)
    (history.directory / "2" / "saved_model.pb").write_text("x")
    assert history.resolved_by_us()["saved_model.pb"] == "a"


def test_the_number_of_the_version_is_a_property(history):
    from components.latest_version import LatestVersion

    history.train("a")
    output = artifact("Model", Path(history.folder / "resolved"))
    execute(LatestVersion(directory=str(history.directory), code="x"), {}, {"model": output}, history.folder, [])
    assert output.get_string_custom_property("pushed_version") == "1"
