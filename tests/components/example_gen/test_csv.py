"""CsvExampleGen compared with TableExampleGen on the taxi rows: the same rows, the same statistics."""

import json
import math
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from tests.components.example_gen.test_component import lines, pipeline, write

pytestmark = pytest.mark.slow

TAXI = Path(__file__).resolve().parents[3] / "data" / "taxi" / "trips.csv"


@pytest.fixture(autouse=True)
def clean_argv(monkeypatch):
    # Beam and absl read the command line, which here is pytest's.
    monkeypatch.setattr(sys, "argv", ["test"])


def examples_of(root, source, generator):
    """Run the node alone; return its artifact."""
    from ml_metadata import metadata_store
    from tfx.orchestration import metadata
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner

    from penstock.tables.input import Input
    from penstock.tables.splits import train_eval

    gen = generator(Input(str(source)), splits=train_eval(0.33))
    LocalDagRunner().run(pipeline(root, [gen]))
    store = metadata_store.MetadataStore(metadata.sqlite_metadata_connection_config(str(root / "metadata.sqlite")))
    (artifact,) = store.get_artifacts_by_type("Examples")
    return artifact


def rows_of(artifact):
    """Return all rows of all splits: the values of each column, none where one is missing."""
    import tensorflow as tf

    found = Counter()
    files = tf.io.gfile.glob(f"{artifact.uri}/Split-*/*")
    for record in tf.data.TFRecordDataset(files, compression_type="GZIP"):
        feature = tf.train.Example.FromString(record.numpy()).features.feature
        found[tuple((name, _values(feature[name])) for name in sorted(feature))] += 1
    return found


def _values(feature):
    kind = feature.WhichOneof("kind")
    return tuple(getattr(feature, kind).value) if kind else ()


def statistics_of(artifact):
    """Return what can be compared of each column over both splits: values, missing ones, and what they come to."""
    import tensorflow_data_validation as tfdv

    whole = tfdv.generate_statistics_from_tfrecord(f"{artifact.uri}/Split-*/*")
    (dataset,) = whole.datasets
    return dataset.num_examples, {
        feature.path.step[0]: _summary(feature, dataset.num_examples) for feature in dataset.features
    }


def _summary(feature, rows):
    if feature.HasField("num_stats"):
        numbers = feature.num_stats
        values = numbers.common_stats.tot_num_values
        summary = (numbers.mean, numbers.std_dev, numbers.min, numbers.max, numbers.num_zeros)
    else:
        texts = feature.string_stats
        values = texts.common_stats.tot_num_values
        summary = (
            texts.unique,
            texts.avg_length,
            *sorted((b.label, b.sample_count) for b in texts.rank_histogram.buckets),
        )
    return feature.type, values, rows - values, summary


def same(one, other):
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return math.isclose(one, other, rel_tol=1e-6) if isinstance(one, float) else one == other


@pytest.mark.skipif(not TAXI.exists(), reason="the taxi rows are made by `make data`")
def test_both_give_the_same_rows_and_the_same_statistics(tmp_path):
    from components.example_gen.component import TableExampleGen
    from components.example_gen.csv import CsvExampleGen

    source = tmp_path / "rows" / "trips.csv"
    source.parent.mkdir()
    duckdb.sql(f"COPY (FROM read_csv('{TAXI}') ORDER BY md5(fare::VARCHAR || trip_seconds) LIMIT 2000) TO '{source}'")
    table = examples_of(tmp_path / "table", source, TableExampleGen)
    csv = examples_of(tmp_path / "csv", source, CsvExampleGen)
    assert rows_of(table) == rows_of(csv)
    (count, ours), (others_count, theirs) = statistics_of(table), statistics_of(csv)
    assert (count, set(ours)) == (others_count, set(theirs)) == (2000, set(ours))
    assert {name for name in ours if not same(ours[name], theirs[name])} == set()
    assert sum(missing for _, _, missing, _ in ours.values()) > 0

    for name in ("digest", "query", "files"):
        assert csv.custom_properties[name] == table.custom_properties[name]
    rows = json.loads(csv.custom_properties["rows"].string_value)
    assert rows["source"] == 2000 == rows["train"] + rows["eval"]


def test_a_folder_is_read_without_what_else_it_holds(tmp_path):
    from components.example_gen.csv import CsvExampleGen

    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "README.md").write_text("about")
    write(folder / "1.csv", lines(200))
    write(folder / "2.csv", lines(300))
    found = examples_of(tmp_path, folder, CsvExampleGen)
    assert json.loads(found.custom_properties["rows"].string_value)["source"] == 500
    assert len(json.loads(found.custom_properties["files"].string_value)) == 2
    assert sum(rows_of(found).values()) == 500


def test_the_configuration_chooses_it(tmp_path):
    from components.example_gen.csv import CsvExampleGen
    from penstock.core.fingerprint import fingerprint
    from pipeline.definition import create_pipeline
    from tests.metadata_store import configuration

    write(tmp_path / "trips.csv", lines())
    first, *_ = create_pipeline(configuration(tmp_path, "data.reader=csv")).components
    assert (first.id, type(first)) == ("ExampleGen", CsvExampleGen)
    assert fingerprint("components.example_gen.csv") in str(first.exec_properties)
