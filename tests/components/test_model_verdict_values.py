"""The values of an evaluation, read from records of TFMA's format."""

import math

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def written(tmp_path):
    """Return a function that writes (model, slice, output, name, value) as TFMA does, and returns the folder."""
    import tensorflow as tf
    from tensorflow_model_analysis.proto import metrics_for_slice_pb2

    def write(*values, differences=()):
        with tf.io.TFRecordWriter(str(tmp_path / "metrics-00000-of-00001.tfrecord")) as writer:
            for model, key, output, name, value in values:
                part = metrics_for_slice_pb2.MetricsForSlice()
                if key:
                    column, field, content = key
                    part.slice_key.single_slice_keys.add(column=column, **{field: content})
                item = part.metric_keys_and_values.add()
                item.key.name, item.key.output_name, item.key.model_name = name, output, model
                item.key.is_diff = name in differences
                if isinstance(value, list):
                    item.value.array_value.float64_values.extend(sum(value, []))
                    item.value.array_value.shape.extend([len(value), len(value[0])])
                else:
                    item.value.double_value.value = value
                writer.write(part.SerializeToString())
        return str(tmp_path)

    return write


def test_candidate_and_baseline_are_separate_and_slices_have_their_own_types(written):
    from components.model_verdict import load

    folder = written(
        ("candidate", None, "model", "auc", 0.9),
        ("candidate", ("zone", "int64_value", 7), "model", "auc", 0.8),
        ("candidate", ("kind", "bytes_value", "größer".encode()), "constant", "auc", 0.5),
        ("baseline", None, "model", "auc", 0.7),
    )
    candidate, baseline = load(folder)
    assert candidate == {
        (): {"model": {"auc": 0.9}},
        ("zone", 7): {"model": {"auc": 0.8}},
        ("kind", "größer"): {"constant": {"auc": 0.5}},
    }
    assert baseline == {(): {"model": {"auc": 0.7}}}


def test_evaluation_of_one_model_has_no_baseline_and_arrays_have_their_shape(written):
    from components.model_verdict import load

    candidate, baseline = load(written(("", None, "model", "confusion", [[3.0, 1.0], [0.0, 2.0]])))
    assert baseline is None
    assert candidate[()]["model"]["confusion"].tolist() == [[3.0, 1.0], [0.0, 2.0]]


def test_difference_of_two_models_is_left_out(written):
    from components.model_verdict import load

    values = [("candidate", None, "model", name, 0.2) for name in ("auc", "gain")]
    assert load(written(*values, differences=["gain"])) == ({(): {"model": {"auc": 0.2}}}, None)


@pytest.mark.parametrize(
    ("value", "found"), [(1, 1.0), (0.0, 0.0), (None, None), (math.nan, None), (math.inf, None), (-math.inf, None)]
)
def test_number_that_is_not_finite_counts_as_none(value, found):
    from components.thresholds import finite

    assert finite(value) == found
