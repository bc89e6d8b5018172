"""The transform, the trials, the curves and the signatures as drawn."""

import json
import re
from pathlib import Path

import pytest

from penstock.core.documents.training import Fit
from penstock.core.saved_model import signatures
from penstock.reports.model import (
    curves,
    origin,
    saved_models,
    transform_graph,
    trials,
    vocabularies,
)
from tests.penstock.reports.conftest import EVIL


def test_transformed_columns_are_shown_with_their_raw_columns(written):
    shown = transform_graph(written("TransformGraph"))
    assert "4 raw columns give 2 transformed ones." in shown
    assert "<td>miles</td><td>2 numbers</td>" in shown
    assert '<td class="n">1</td><td class="n">2</td>' in shown
    assert "cash, &lt;script" in shown


def test_vector_counts_as_one_number_per_element(written):
    artifact = written("TransformGraph")
    file = Path(artifact.uri, "transformed_metadata", "schema.pbtxt")
    file.write_text('feature { name: "miles_xf" type: FLOAT shape { dim { size: 64 } } }')
    assert "<td>miles</td><td>64 numbers</td>" in transform_graph(artifact)


@pytest.mark.parametrize(
    ("name", "column"),
    [("trip_miles_xf", "trip_miles"), ("trip_xf", "trip"), ("trip_miles_missing_xf", "trip_miles"), ("other_xf", "")],
)
def test_origin_is_the_longest_column_that_fits(name, column):
    assert origin(name, {"trip", "trip_miles"}) == column


@pytest.mark.slow
def test_vocabularies_are_those_that_the_transform_writes(tmp_path):
    from modules.transform.analyzers import write

    file = write([[b"cash", b"card"], [], ["größe".encode()]], str(tmp_path))
    assert vocabularies(Path(file)) == {0: ["cash", "card"], 2: ["größe"]}


def test_a_graph_without_categories_has_no_vocabularies(tmp_path):
    assert vocabularies(tmp_path / "vocabulary") == {}


def test_trials_are_shown_by_rising_loss_and_those_without_one_last(written):
    shown = trials(written("TunerResults"))
    assert "3 trials in 5.5 s; the best one has a validation loss of 0.25000." in shown
    numbers = re.findall(r"<tr><td[^>]*>(\d)</td>", shown)
    assert numbers == ["2", "1", "3"]
    assert "✓ 0.25000" in re.sub(r"<[^>]+>", "", shown)
    assert "9 of 40" in shown


def test_curves_mark_the_epoch_whose_weights_the_model_has(written):
    shown = curves(written("ModelRun"))
    assert "3 epochs; the model has the weights of epoch 2, with a loss of 0.4." in shown
    assert "validation rows" in shown


def test_curves_without_an_epoch_say_so(written):
    artifact = written("ModelRun")
    Path(artifact.uri, "curves.csv").write_text("epoch,loss,val_loss\n")
    assert "No epoch" in curves(artifact)


def test_a_model_shows_its_signatures(written):
    shown = saved_models(written("Model"))
    assert "<code>serving_default</code>" in shown
    assert "and 1 more" in shown
    assert "init_op" not in shown


def test_curves_show_tuned_settings_and_start_of_the_fit(written):
    artifact = written("ModelRun")
    settings = {"settings": {"width": 96, "seed": 1}, "tuned": ["width"], "start": "from the weights of another"}
    Path(artifact.uri, "settings.json").write_text(json.dumps(settings))
    shown = curves(artifact)
    assert "Fitted from the weights of another. Tuned: width 96." in shown
    assert "seed" not in shown


def test_curves_of_a_fit_from_scratch_without_tuning_show_neither(written):
    artifact = written("ModelRun")
    fit = Fit(settings={"seed": 1})
    Path(artifact.uri, Fit.FILE).write_text(fit.text())
    assert "Fitted" not in curves(artifact)


def test_signatures_are_read_without_tensorflow(written):
    listed = signatures(Path(written("Model").uri, "Format-Serving", "saved_model.pb"))
    assert [(one.name, len(one.inputs), one.outputs) for one in listed] == [
        (f"a {EVIL}", 0, ()),
        ("serving_default", 4, ("probability",)),
    ]
