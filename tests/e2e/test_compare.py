"""Runs compared with TensorFlow: a run with copies of it, in which one weight or one entry of a vocabulary differs."""

import shutil

import pytest

from penstock.integrity import manifests
from tests.e2e.conftest import Project

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def original(first_run, tmp_path_factory) -> Project:
    """Return a copy of the first run that no test changes."""
    folder = tmp_path_factory.mktemp("compared") / "project"
    shutil.copytree(first_run.unchanged, folder)
    return Project(folder)


def compared(original, state):
    found = original.run("compare", "latest", f"{state}:latest")
    assert found["stderr"] == ""
    return found


def planted(original, folder, inside, change):
    """Copy the state, and change the variables of a SavedModel as if the run had made it so; return the copy."""
    import tensorflow as tf

    state = folder / "state"
    shutil.copytree(original.folder / "state", state)
    [model] = (state / "artifacts" / "small-taxi").glob(inside)
    prefix = str(model / "variables" / "variables")
    reader = tf.train.load_checkpoint(prefix)
    tensors = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    change(tensors)
    tf.raw_ops.SaveV2(
        prefix=prefix, tensor_names=list(tensors), shape_and_slices=[""] * len(tensors), tensors=list(tensors.values())
    )
    manifests.write(next(parent for parent in model.parents if manifests.manifest_file(parent).is_file()))
    return state


def change_a_weight(tensors):
    """Change the largest array of floats, which is one of weights, in one place."""
    floats = {name: tensor for name, tensor in tensors.items() if getattr(tensor, "dtype", None) == "float32"}
    name = max(floats, key=lambda each: floats[each].size)
    assert floats[name].size > 1
    tensors[name] = floats[name] + 0.1


def test_run_is_identical_to_a_copy_of_its_state(original, tmp_path):
    shutil.copytree(original.folder / "state", tmp_path / "state")
    found = compared(original, tmp_path / "state")
    assert (found["exit"], found["equal"]) == (0, True)
    assert {part["level"] for part in found["parts"].values()} == {"identical"}


def test_planted_weight_is_found_in_the_model_and_only_there(original, tmp_path):
    state = planted(original, tmp_path, "Trainer/model/*/Format-Serving", change_a_weight)
    found = compared(original, state)
    assert (found["exit"], found["equal"]) == (1, False)
    levels = {name: part["level"] for name, part in found["parts"].items()}
    assert levels.pop("model") == "different"
    assert set(levels.values()) == {"identical"}
    assert found["parts"]["model"]["difference"] > 1e-6
    assert "645 rows" in found["parts"]["model"]["words"]


def test_planted_vocabulary_entry_is_found_in_the_transform_and_only_there(original, tmp_path):
    state = tmp_path / "state"
    shutil.copytree(original.folder / "state", state)
    [graph] = (state / "artifacts" / "small-taxi" / "Transform" / "transform_graph").glob("[!.]*")
    [vocabulary] = (graph / "transform_fn" / "assets").iterdir()
    content = vocabulary.read_bytes()
    vocabulary.write_bytes(content.replace(b"Cash", b"Barter"))
    assert vocabulary.read_bytes() != content
    manifests.write(graph)
    found = compared(original, state)
    levels = {name: part["level"] for name, part in found["parts"].items()}
    assert levels.pop("transform") == "different"
    assert set(levels.values()) == {"identical"}
    assert found["parts"]["transform"]["details"] == ["vocabulary: 1 only in A ('Cash'), 1 only in B ('Barter')"]


def test_model_that_was_saved_again_gives_the_same_predictions_and_is_equal(original, tmp_path):
    state = planted(original, tmp_path, "Trainer/model/*/Format-Serving", lambda tensors: None)
    [saved] = (state / "artifacts" / "small-taxi").glob("Trainer/model/*/Format-Serving")
    (saved / "fingerprint.pb").unlink(missing_ok=True)
    manifests.write(next(parent for parent in saved.parents if manifests.manifest_file(parent).is_file()))
    found = compared(original, state)
    levels = {name: part["level"] for name, part in found["parts"].items()}
    assert levels.pop("model") == "equal"
    assert (found["exit"], set(levels.values())) == (0, {"identical"})
