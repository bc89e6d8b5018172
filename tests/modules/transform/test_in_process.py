"""The analysis in this process equals that of TFT's analyzers on Beam."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from penstock.core.features import Feature, FeatureSpec
from tests.modules.conftest import LABEL, ROLES, analyzed, example, raw_spec, table

pytestmark = pytest.mark.slow

BATCH_ROWS = 64


@pytest.fixture(scope="module")
def analysis():
    from modules.transform import in_process as analysis

    return analysis


def outputs_of(transform, rows, raw):
    """Return the transformed columns of rows, as numpy arrays."""
    import tensorflow as tf

    batch = tf.io.parse_example(tf.constant([example(row) for row in rows]), raw)
    return {name: values.numpy() for name, values in transform.transform_raw_features(batch).items()}


def graph_of(files, raw, spec, folder):
    """Return the transform that the component writes where no Beam runner is named."""
    import tensorflow_transform as tft
    from tensorflow_transform.tf_metadata import schema_utils

    from components import transform

    transform._write(files, schema_utils.schema_from_feature_spec(raw), {"features": spec.to_json()}, str(folder))
    return tft.TFTransformOutput(str(folder))


def assert_equal(found, expected):
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert found[name].dtype == values.dtype, name
        if values.dtype.kind == "f":
            np.testing.assert_allclose(found[name], values, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(found[name], values, err_msg=name)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_columns_and_vocabularies_are_those_of_the_analysis_on_beam(fitted, tmp_path, task):
    import tensorflow_transform as tft

    from modules.transform.analyzers import VOCABULARY

    known, raw = fitted(task), raw_spec(task)
    graph_of(known.train_files, raw, known.spec, tmp_path / "first")
    # The graph needs no other file.
    shutil.move(tmp_path / "first", tmp_path / "second")
    ours = tft.TFTransformOutput(str(tmp_path / "second"))
    assert_equal(outputs_of(ours, known.rows, raw), outputs_of(known.transform, known.rows, raw))
    first, second = (Path(each.vocabulary_file_by_name(VOCABULARY)).read_bytes() for each in (ours, known.transform))
    assert first == second
    assert "größer".encode() in first
    assert b"line" not in first
    assert ours.raw_feature_spec() == known.transform.raw_feature_spec()
    assert ours.transformed_feature_spec() == known.transform.transformed_feature_spec()


# Columns, and those among them that are missing in each row.
CASES = {
    "no categories, and a number that is missing in each row": (["miles", "dense"], ["miles"]),
    "categories alone, one of them missing in each row": (["paid", "zone"], ["paid"]),
    "text alone, missing in each row": (["a story"], ["a story"]),
    "lists alone, one of them missing in each row": (["levels", "pixels"], ["pixels"]),
}


def narrowed(case):
    """Return the rows, their types and the spec of a case."""
    names, empty = CASES[case]
    rows = [{name: row[name] for name in [*names, LABEL]} | dict.fromkeys(empty) for row in table("binary")]
    raw = {name: kind for name, kind in raw_spec("binary").items() if name in (*names, LABEL)}
    return rows, raw, FeatureSpec(LABEL, "binary", tuple(Feature.of(name, ROLES[name]) for name in names))


def write(file, rows):
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(file), options="GZIP") as writer:
        for row in rows:
            writer.write(example(row))
    return str(file)


@pytest.mark.parametrize("case", CASES)
def test_columns_are_those_of_the_analysis_on_beam_with(tmp_path, case):
    rows, raw, spec = narrowed(case)
    _, theirs = analyzed(rows, spec, raw, tmp_path / "beam")
    ours = graph_of([write(tmp_path / "rows.gz", rows)], raw, spec, tmp_path / "ours")
    found = outputs_of(ours, rows, raw)
    assert_equal(found, outputs_of(theirs, rows, raw))
    assert all(np.isfinite(values).all() for values in found.values())


def test_column_that_is_missing_in_each_row_has_neither_mean_nor_spread(analysis, tmp_path):
    rows, raw, spec = narrowed("no categories, and a number that is missing in each row")
    found = analysis.analyze(
        [write(tmp_path / "rows.gz", rows)], raw, spec, folder=str(tmp_path), batch_rows=BATCH_ROWS
    )
    numbers = np.array([row["dense"] for row in rows], np.float32).astype(np.float64)
    assert found.mean == [0, pytest.approx(numbers.mean(), abs=1e-12)]
    assert found.spread == [0, pytest.approx(numbers.std(), rel=1e-12)]
    assert found.vocabulary == ""


@pytest.mark.parametrize("rows", [7, 199, 10_000])
def test_number_of_rows_in_a_batch_does_not_matter(analysis, fitted, tmp_path, rows):
    known, raw = fitted("multiclass"), raw_spec("multiclass")
    first, second = (
        analysis.analyze(known.train_files, raw, known.spec, folder=str(tmp_path / str(size)), batch_rows=size)
        for size in (BATCH_ROWS, rows)
    )
    np.testing.assert_allclose(second.mean, first.mean, rtol=1e-9)
    np.testing.assert_allclose(second.spread, first.spread, rtol=1e-9)
    assert second.texts == first.texts
    assert max(first.texts) > 100
    assert Path(second.vocabulary).read_bytes() == Path(first.vocabulary).read_bytes()


def test_rows_of_all_files_are_analyzed(analysis, fitted, tmp_path):
    known, raw = fitted("binary"), raw_spec("binary")
    parts = [known.rows[:30], [], known.rows[30:]]
    files = [write(tmp_path / str(number), part) for number, part in enumerate(parts)]
    found = analysis.analyze(files, raw, known.spec, folder=str(tmp_path / "a"), batch_rows=BATCH_ROWS)
    whole = analysis.analyze(known.train_files, raw, known.spec, folder=str(tmp_path / "b"), batch_rows=BATCH_ROWS)
    np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-9)
    assert Path(found.vocabulary).read_bytes() == Path(whole.vocabulary).read_bytes()


def test_vocabulary_keeps_as_many_values_as_the_spec_says_but_every_class(analysis, fitted, tmp_path):
    from modules.transform import analyzers

    known, raw = fitted("multiclass"), raw_spec("multiclass")
    spec = FeatureSpec(LABEL, "multiclass", known.spec.features, vocabulary_size=2)
    found = analysis.analyze(known.train_files, raw, spec, folder=str(tmp_path), batch_rows=BATCH_ROWS)
    *features, classes = analyzers.read(found.vocabulary, 4)
    assert [len(values) for values in features] == [2, 2, 2]
    assert sorted(classes) == ["far", "near 0", "near 1"]


def test_analyzer_output_passes_through_json(analysis, fitted, tmp_path):
    known, raw = fitted("binary"), raw_spec("binary")
    found = analysis.analyze(known.train_files, raw, known.spec, folder=str(tmp_path), batch_rows=BATCH_ROWS)
    assert json.loads(json.dumps(asdict(found))) == asdict(found)
