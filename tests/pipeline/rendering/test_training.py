import json
from pathlib import Path

from pipeline.rendering.training import curves, model


def test_curves_mark_the_epoch_that_was_kept(written):
    shown = curves(written("ModelRun"))
    assert "3 epochs; the weights of epoch 2 were kept, with a loss of 0.4." in shown
    assert "validation rows" in shown


def test_curves_without_an_epoch_say_so(written):
    artifact = written("ModelRun")
    Path(artifact.uri, "curves.csv").write_text("epoch,loss,val_loss\n")
    assert "No epoch" in curves(artifact)


def test_a_model_shows_its_signatures(written):
    shown = model(written("Model"))
    assert "<code>serving_default</code>" in shown
    assert "and 1 more" in shown
    assert "init_op" not in shown


def test_curves_tell_what_was_tuned_and_what_the_fit_started_from(written):
    artifact = written("ModelRun")
    settings = {"settings": {"width": 96, "seed": 1}, "tuned": ["width"], "start": "from the weights of another"}
    Path(artifact.uri, "settings.json").write_text(json.dumps(settings))
    shown = curves(artifact)
    assert "Fitted from the weights of another. Tuned: width 96." in shown
    assert "seed" not in shown


def test_curves_of_a_fit_without_either_say_nothing_of_it(written):
    artifact = written("ModelRun")
    told = {"settings": {"seed": 1}, "tuned": [], "start": "anew"}
    Path(artifact.uri, "settings.json").write_text(json.dumps(told))
    assert "Fitted" not in curves(artifact)
