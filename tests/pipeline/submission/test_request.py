"""What is checked before anything is sent: the file, its target, the parameters and the root."""

import pytest

from penstock.core.errors import ConfigError
from pipeline.submission.request import Request, assignments, check
from tests.pipeline.submission.specifications import specification, written


def refusal(request, target="kubeflow"):
    with pytest.raises(ConfigError) as caught:
        check(request, target)
    return str(caught.value)


def test_assignments_are_split_at_the_first_equals_sign():
    assert assignments(["source=gs://b/a=1/rows.csv", "span="]) == {"source": "gs://b/a=1/rows.csv", "span": ""}


@pytest.mark.parametrize("given", ["source", "=x", ""])
def test_assignment_without_a_name_or_a_value_is_refused(given):
    with pytest.raises(ConfigError) as caught:
        assignments([given])
    assert (caught.value.expected, caught.value.received) == ("NAME=VALUE", repr(given))


@pytest.mark.parametrize("target", ["kubeflow", "vertex"])
def test_request_that_fits_the_file_is_accepted(tmp_path, target):
    file = written(tmp_path, specification(target=target, span=True))
    check(Request(file, {"span": "2026-01-02", "model": '{"epochs": 5}', "source": "gs://b/{SPAN}"}), target)


def test_second_document_with_secrets_is_accepted(tmp_path):
    file = written(tmp_path, specification(), {"platforms": {"kubernetes": {}}})
    check(Request(file), "kubeflow")


@pytest.mark.parametrize(("target", "other"), [("kubeflow", "vertex"), ("vertex", "kubeflow")])
def test_file_for_the_other_target_is_refused(tmp_path, target, other):
    file = written(tmp_path, specification(target=other))
    assert refusal(Request(file), target) == (
        f"{file}: expected a pipeline compiled for {target}, received one for {other}; "
        f"compile it with --target {target}, or submit it with --target {other}."
    )


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (
            {"sorce": "x"},
            "--parameter sorce: expected one of model, source, span, received 'sorce' (did you mean 'source'?); name "
            "one of them.",
        ),
        (
            {"span": "1", "model": "epochs=5"},
            "--parameter model: expected a JSON object of settings, received 'epochs=5'; write for example --parameter "
            "'model={\"epochs\": 5}'.",
        ),
        (
            {"span": "1", "model": "[1]"},
            "--parameter model: expected a JSON object of settings, received '[1]'; write for example --parameter "
            "'model={\"epochs\": 5}'.",
        ),
        (
            {},
            "--parameter span: expected a value for {SPAN} in the source, received none; give one with --parameter "
            "span=VALUE.",
        ),
        (
            {"span": ""},
            "--parameter span: expected a value for {SPAN} in the source, received none; give one with --parameter "
            "span=VALUE.",
        ),
    ],
)
def test_parameter_that_does_not_fit_the_file_is_refused(tmp_path, parameters, sentence):
    assert refusal(Request(written(tmp_path, specification(span=True)), parameters)) == sentence


@pytest.mark.parametrize("root", ["gs://bucket/penstock", "gs://bucket/penstock/"])
def test_placeholder_of_the_root_is_refused_unless_another_is_given(tmp_path, root):
    file = written(tmp_path, specification(root=root))
    assert refusal(Request(file)) == (
        f"kubeflow.root: expected a bucket of yours, received the placeholder {root}; set it, or give --root."
    )
    check(Request(file, root="gs://mine/runs"), "kubeflow")


@pytest.mark.parametrize("name", ["taxi-vertex.json", "taxi"])
def test_file_with_another_suffix_is_refused(tmp_path, name):
    file = written(tmp_path, specification(), name=name)
    assert f"received the suffix {file.suffix!r}" in refusal(Request(file))


@pytest.mark.parametrize(
    ("text", "received"),
    [
        (None, "no such file or directory"),
        ("", "another document"),
        ("- 1\n", "another document"),
        ("name: taxi\n", "another document"),
        ("deploymentSpec: {}\nroot: {}\n", "another document"),
        ("a: [1\n", "no YAML"),
        (b"\xff\xfe", "no YAML"),
    ],
)
def test_file_that_is_no_compiled_pipeline_is_refused(tmp_path, text, received):
    file = tmp_path / "taxi.yaml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert refusal(Request(file)) == (
        f"{file}: expected a compiled pipeline (NAME-TARGET.yaml), received {received}; write one with "
        "`penstock compile`."
    )
