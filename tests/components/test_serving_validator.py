"""ServingValidator on models with all roles of columns, and on models with faults."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from penstock.core.documents.certificate import Certificate
from penstock.core.errors import GateError, NodeError
from penstock.parity.golden import GoldenRows
from penstock.versions.record import WARM_UP, content_digest
from tests.components.launching import artifact, channel, examples, execute, files_of
from tests.modules.conftest import DENSE, LABEL, ROLES, example

pytestmark = pytest.mark.slow

SETTINGS = {"check": True, "rows": 50, "tolerance": 1e-5, "p99_ms": None, "warm_up": True, "server": "digest"}


@pytest.fixture(scope="module")
def rows_of(fitted, tmp_path_factory):
    """Return the function that gives the examples of a task, with values that are missing, extreme or unseen."""

    def given(task):
        rows = fitted(task).rows
        whole = next(row for row in rows if None not in row.values())
        optional = [name for name in ROLES if name not in DENSE]
        more = [
            *({**whole, name: None} for name in optional),
            {**whole, "paid": "never seen", "zone": 12345, "dichter text/b": "größer"},
            {**whole, "miles": 1e9, "count": 2**40, "at": -(2**40), "hour": 25},
            {**whole, "a story": "…"},
        ]
        serialized = [example({**row, "secret": "a name"}) for row in [*rows, *more]]
        return examples(tmp_path_factory.mktemp("examples"), {"train": [], "eval": serialized}, files=2)

    return given


def run(folder, rows, known, *, blessed=True, **settings):
    """Run the node on the model in a folder, and return the folder of the certificate."""
    from components import artifacts
    from components.serving_validator import ServingValidator

    inputs = {"examples": rows}
    for key, kind, place in (
        ("model", "Model", folder / "model"),
        ("blessing", "ModelBlessing", folder / "blessing"),
        ("transform_graph", "TransformGraph", known.transform._transform_output_dir),
    ):
        inputs[key] = artifact(kind, Path(place))
    inputs["blessing"].set_int_custom_property("blessed", int(blessed))
    certificate = artifacts.ServingCertificate()
    certificate.uri = str(folder / "certificate")
    kinds = {"examples": "Examples", "model": "Model", "blessing": "ModelBlessing", "transform_graph": "TransformGraph"}
    node = ServingValidator(
        **{key: channel(kind) for key, kind in kinds.items()},
        features=known.spec.to_json(),
        settings=json.dumps({**SETTINGS, **settings}),
        code="x",
    )
    execute(node, inputs, {"certificate": certificate}, folder, [])
    return folder / "certificate"


@pytest.fixture(scope="module")
def validate_in(fitted, rows_of):
    """Return the function that validates the model of a task, or another one in its place, in a folder."""

    def validated(folder, task, model=None, **settings):
        known = fitted(task)
        place = folder / "model"
        place.mkdir()
        (place / "Format-Serving").symlink_to(model or known.saved)
        return run(folder, rows_of(task), known, **settings)

    return validated


@pytest.fixture
def validate(validate_in, tmp_path):
    """Return the function that validates in the folder of the test."""
    return functools.partial(validate_in, tmp_path)


@pytest.fixture(scope="module")
def certified(validate_in, tmp_path_factory):
    """Return the function that gives the folder of the certificate of a task's model; tests do not change it."""
    return functools.cache(lambda task: validate_in(tmp_path_factory.mktemp(task), task))


@pytest.fixture(scope="module")
def few_requests():
    """Measure a budget with a tenth of the requests: the outcome is the same."""
    from components import serving_validator

    with pytest.MonkeyPatch.context() as patch:
        requests, seconds = serving_validator._WITH_BUDGET
        patch.setattr(serving_validator, "_WITH_BUDGET", (requests // 10, seconds))
        yield


@pytest.fixture(scope="module")
def within_budget(validate_in, tmp_path_factory, few_requests):
    """The folder of the certificate with a budget that is kept, without warm-up requests."""
    return validate_in(tmp_path_factory.mktemp("budget"), "binary", p99_ms=60_000.0, warm_up=False)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_model_whose_server_answers_as_it_predicts_gets_a_certificate(certified, fitted, task):
    folder = certified(task)
    certificate = Certificate.read(folder)
    assert [form.form for form in certificate.forms] == [
        "JSON rows",
        "JSON columns",
        "tf.Example over REST",
        "columns over gRPC",
        "tf.Example over gRPC",
    ]
    assert certificate.largest < 1e-6
    assert certificate.model == content_digest(Path(fitted(task).saved))
    assert certificate.server == "digest"
    assert certificate.rows.rows >= 50
    assert certificate.rows.categories["paid"] == 5
    assert [(each.form, each.budget_ms) for each in certificate.latency] == [
        ("JSON rows", None),
        ("columns over gRPC", None),
    ]
    assert all(0 < each.p50_ms <= each.p99_ms for each in certificate.latency)
    rows = GoldenRows.read(folder)
    assert (len(rows), rows.digest) == (certificate.rows.rows, certificate.rows.digest)
    assert files_of(folder) == {Certificate.FILE, GoldenRows.FILE, WARM_UP.name}


def test_golden_rows_are_the_same_each_time_and_have_features_only(certified, within_budget, fitted):
    import tensorflow as tf

    rows = GoldenRows.read(certified("binary"))
    again = GoldenRows.read(within_budget)
    assert (again.names, again.columns, again.examples) == (rows.names, rows.columns, rows.examples)
    columns = {name for each in rows.serialized() for name in tf.train.Example.FromString(each).features.feature}
    assert columns <= set(ROLES)
    assert LABEL not in str(rows.names)
    expected = fitted("binary").loaded.signatures["evaluation"](tf.constant(rows.serialized()))["model"].numpy()[:, 0]
    np.testing.assert_allclose(rows.expected["probability"], expected, rtol=1e-6)
    assert set(rows.row(0)) == set(ROLES)


def test_warm_up_requests_are_those_of_tensorflow_serving(certified):
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    file = certified("binary") / WARM_UP.name
    records = [each.numpy() for each in tf.data.TFRecordDataset(str(file))]
    requests = [prediction_log_pb2.PredictionLog.FromString(each).predict_log.request for each in records]
    assert 1 <= len(requests) <= 1000
    sizes = {"serving_default": [], "serve_tf_examples": []}
    for each in requests:
        [tensor, *_] = each.inputs.values()
        sizes[each.model_spec.signature_name].append(tensor.tensor_shape.dim[0].size)
    assert [found[:4] for found in sizes.values()] == [[1, 2, 8, 32]] * 2


@pytest.mark.parametrize("settings", [{"check": False}, {"blessed": False}])
def test_refused_model_and_switched_off_check_leave_no_certificate(validate, settings):
    assert files_of(validate("binary", **settings)) == set()


def test_no_warm_up_requests_are_written_if_they_are_switched_off(within_budget):
    assert files_of(within_budget) == {Certificate.FILE, GoldenRows.FILE}


@pytest.fixture(scope="module")
def export(fitted):
    """Return the function that exports the binary model again, with a change of what its signatures answer."""
    from modules import signatures

    known = fitted("binary")
    # Its graphs are traced once; each export traces the signatures, which call them.
    served = signatures.ServedModel(
        known.model, known.transform, known.spec, constant=known.constant, classes=known.classes
    )

    def exported(folder, change):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signatures.ServedModel, *change(signatures.ServedModel))
            signatures.save(served, str(folder))
        return folder

    return exported


def wrong_miles(kind):
    """Let `serving_default` read miles as kilometres."""
    serve = kind._serve_columns

    def changed(self, columns):
        return serve(self, {**columns, "miles": columns["miles"] * 1.609})

    return "_serve_columns", changed


def rounded(kind):
    """Let `serve_tf_examples` answer with three decimals."""
    import tensorflow as tf

    serve = kind._serve_examples

    def changed(self, examples):
        return {name: tf.round(values * 1000) / 1000 for name, values in serve(self, examples).items()}

    return "_serve_examples", changed


def other_output(kind):
    return "_outputs", lambda self, scores: {"score": scores[:, 0]}


def test_signature_that_differs_from_the_training_path_is_refused_with_its_column(validate, export, tmp_path):
    model = export(tmp_path / "wrong", wrong_miles)
    with pytest.raises(GateError, match=r"answer to JSON rows, golden row \d+, column miles = ") as error:
        validate("binary", model)
    assert error.value.expected.startswith("probability 0.")
    assert error.value.received.startswith("probability 0.")
    assert error.value.expected != error.value.received
    assert not (tmp_path / "certificate" / Certificate.FILE).exists()


@pytest.fixture(scope="module")
def rounded_model(export, tmp_path_factory):
    return export(tmp_path_factory.mktemp("changed") / "rounded", rounded)


def test_only_the_form_that_rounds_is_refused(validate, rounded_model):
    with pytest.raises(GateError, match="the server's answer to tf.Example over REST, golden row"):
        validate("binary", rounded_model)


def test_rounded_answers_within_the_tolerance_pass(validate, rounded_model):
    certificate = Certificate.read(validate("binary", rounded_model, tolerance=0.001))
    assert 1e-5 < certificate.largest < 0.001


def test_wrong_vocabulary_is_refused(validate, fitted, tmp_path):
    """The file of vocabularies in the SavedModel has other values than that of the transform."""
    import shutil

    model = tmp_path / "vocabulary"
    shutil.copytree(fitted("binary").saved, model)
    [file] = [file for file in (model / "assets").iterdir() if b"cash" in file.read_bytes()]
    swapped = file.read_bytes().replace(b"card", b"CARD").replace(b"cash", b"card").replace(b"CARD", b"cash")
    file.write_bytes(swapped)
    # A row may need the values of two columns to be another answer.
    with pytest.raises(GateError, match=r"answer to JSON rows, golden row \d+, column (\w+ = \S+ and )?paid = 'ca"):
        validate("binary", model)


def test_model_with_other_outputs_is_refused(validate, export, tmp_path):
    model = export(tmp_path / "other", other_output)
    with pytest.raises(GateError, match="columns over gRPC: expected the outputs probability, received score"):
        validate("binary", model)


def test_model_without_the_signature_is_refused(validate, fitted, tmp_path):
    import tensorflow as tf

    loaded = tf.saved_model.load(fitted("binary").saved)
    kept = {"evaluation": loaded.signatures["evaluation"]}
    tf.saved_model.save(loaded, str(tmp_path / "evaluation"), signatures=kept)
    with pytest.raises(GateError, match="expected the signature serving_default, received evaluation"):
        validate("binary", tmp_path / "evaluation")


def test_missed_latency_is_refused_with_its_value(validate, few_requests):
    with pytest.raises(GateError, match=r"a p99 of at most 1e-06 ms \(serving.p99_ms\), received [0-9.]+ ms, with a"):
        validate("binary", p99_ms=1e-6)


def test_kept_latency_is_in_the_certificate(within_budget):
    assert {each.budget_ms for each in Certificate.read(within_budget).latency} == {60_000.0}


def test_model_that_the_server_cannot_load_is_an_error_of_one_sentence(validate, monkeypatch):
    from penstock.server.errors import Code, ServingError
    from penstock.server.models import models

    def fail(*_):
        raise ServingError(Code.DATA_LOSS, "the variables are damaged")

    monkeypatch.setattr(models, "load", fail)
    with pytest.raises(NodeError, match="expected a model that it can load, received the variables are damaged"):
        validate("binary")
