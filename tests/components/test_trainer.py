"""Trainer: the base model that `run_fn` receives."""

import pytest

from tests.components.launching import artifact, channel, execute

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("found", [True, False])
def test_base_model_without_files_is_left_out(found, tmp_path, monkeypatch):
    from components import trainer

    given = []

    def train(fn_args):
        given.append(fn_args.base_model)
        (tmp_path / "trained" / "Format-Serving").mkdir(parents=True)

    monkeypatch.setattr("modules.training.run_fn", train)
    # TFX reloads a module that is imported already.
    monkeypatch.setattr("importlib.reload", lambda module: module)
    node = trainer.Trainer(
        examples=channel("Examples"),
        transform_graph=channel("TransformGraph"),
        schema=channel("Schema"),
        base_model=channel("Model"),
        custom_config={"code": "x"},
    )
    inputs = {name: artifact(kind, tmp_path / name) for name, kind in INPUTS.items()}
    (tmp_path / "schema" / "schema.pbtxt").touch()
    inputs["examples"].split_names = '["train", "eval"]'
    if found:
        (tmp_path / "base_model" / "Format-Serving").mkdir()
    outputs = {"model": artifact("Model", tmp_path / "trained"), "model_run": artifact("ModelRun", tmp_path / "run")}
    execute(node, inputs, outputs, tmp_path, [])
    assert given == [str(tmp_path / "base_model" / "Format-Serving") if found else None]


INPUTS = {"examples": "Examples", "transform_graph": "TransformGraph", "schema": "Schema", "base_model": "Model"}
