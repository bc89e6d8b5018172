"""A version as a folder: complete, with checksums that sha256sum accepts, or not written."""

import json
import shutil
import subprocess

import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.registry.export.folder import Exported, export
from penstock.registry.opening import open_registry
from pipeline.recording import record_afterwards
from tests.kept_run import KeptRun, swap_bytes
from tests.metadata_store import configuration


@pytest.fixture
def run(tmp_path):
    return KeptRun(configuration(tmp_path))


@pytest.fixture
def exported(run):
    record_afterwards(run.config, run.run)
    with open_registry(run.config) as registry:
        version = registry.version_numbered(1, 1)
        return Exported(registry.model(1), version, registry.experiment(version.experiment_id), run.config)


def checked(folder):
    return subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True).returncode


def test_folder_has_every_file_and_its_checksums_are_right(exported, tmp_path, run):
    (tmp_path / "LICENSE").write_text("Use it.")
    (run.version / "assets.extra" / "of\nthe\\user").write_text("x")
    target = tmp_path / "out" / "taxi"
    names = export(exported, target)
    assert {"README.md", "LICENSE", "requests.json", "statistics.pb", "SHA256SUMS", "model/saved_model.pb"} <= set(
        names
    )
    assert checked(target) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["taxi"]
    (target / "model" / "saved_model.pb").write_text("other")
    assert checked(target) == 1


def test_empty_folder_is_filled_and_another_one_is_refused(exported, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    export(exported, target)
    before = sorted(target.rglob("*"))
    for place, received in ((target, "a folder with files"), (tmp_path / "pipeline.toml", "a file")):
        with pytest.raises(ConfigError, match=f"expected a new or an empty folder, received {received}"):
            export(exported, place)
    assert sorted(target.rglob("*")) == before


def test_version_with_other_files_or_none_is_refused_and_nothing_is_written(exported, tmp_path, run):
    swap_bytes(run.version / "saved_model.pb", keep_time=True)
    with pytest.raises(DataError, match="that the registry has recorded for it, received other files"):
        export(exported, tmp_path / "out")
    shutil.rmtree(run.version)
    with pytest.raises(DataError, match="expected its folder, received none"):
        export(exported, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_failure_leaves_nothing(exported, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("penstock.registry.export.folder.card", fail)
    with pytest.raises(DataError):
        export(exported, tmp_path / "out" / "taxi")
    assert list((tmp_path / "out").iterdir()) == []


def test_schema_of_the_run_is_exported(exported, tmp_path):
    schema = tmp_path / "state" / "schema"
    schema.mkdir()
    (schema / "schema.pbtxt").write_text("feature { name: 'miles' }")
    experiment = exported.experiment.model_copy(update={"artifacts": {"SchemaGen.schema": "state/schema"}})
    export(Exported(exported.model, exported.version, experiment, exported.config), tmp_path / "out")
    assert (tmp_path / "out" / "schema.pbtxt").read_text() == "feature { name: 'miles' }"


@pytest.mark.slow
def test_exported_model_is_loaded_by_tensorflow_and_answers_the_example(tmp_path, run, exported):
    import tensorflow as tf

    from penstock.versions.record import content_digest

    class Model(tf.Module):
        @tf.function(
            input_signature=[tf.TensorSpec([None], tf.float64, "miles"), tf.TensorSpec([None], tf.string, "paid")]
        )
        def score(self, miles, paid):
            return {"tip": miles + tf.cast(paid == "cash", tf.float64)}

    shutil.rmtree(run.version)
    model = Model()
    tf.saved_model.save(model, str(run.version), signatures=model.score)
    inputs = {"miles": {"type": "float64", "shape": [None]}, "paid": {"type": "string", "shape": [None]}}
    known = {"digest": content_digest(run.version), "signature": {"serving_default": {"inputs": inputs}}}
    version = exported.version.model_copy(update=known)
    export(Exported(exported.model, version, exported.experiment, run.config), tmp_path / "out")
    body = json.loads((tmp_path / "out" / "requests.json").read_text())
    loaded = tf.saved_model.load(str(tmp_path / "out" / "model")).signatures[body["signature_name"]]
    [row] = body["instances"]
    answer = loaded(
        **{name: tf.constant([value], loaded.structured_input_signature[1][name].dtype) for name, value in row.items()}
    )
    assert answer["tip"].numpy().tolist() == [0.0]
