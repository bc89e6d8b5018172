"""The page of the traffic: predictions next to those of `eval` and to the label in training data."""

from dataclasses import replace

import numpy as np
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.dashboard.pages import traffic
from penstock.dashboard.sources import Shown, Sources
from penstock.dashboard.traffic.histograms import Histogram
from penstock.versions.record import STATISTICS
from tests.metadata_store import StoreBuilder, configuration
from tests.penstock.serving.requests.logs import answer, write_log


def source_of(folder, *settings):
    builder = StoreBuilder(configuration(folder, *settings))
    builder.whole_run("run-1", version=1)
    return Sources.of([Shown(builder.config)]).find("taxi")


def log_of(folder, **outputs):
    tensors = {name: np.array(values) for name, values in outputs.items()}
    return write_log(folder, replace(answer(model="taxi"), outputs=tensors))


def label(folder, **numbers):
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    feature = statistics.datasets.add(num_examples=10).features.add()
    feature.path.step.append("tip")
    feature.num_stats.mean = 3.0
    histogram = feature.num_stats.histograms.add(type=statistics_pb2.Histogram.STANDARD)
    histogram.buckets.add(low_value=0, high_value=5, sample_count=10)
    file = folder / "models" / "1" / STATISTICS
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(statistics.SerializeToString())
    return file


def outputs(source):
    [version] = traffic.logged_versions(source, traffic.log(source), traffic.pushed_versions(source))
    return version, {each.predictions.output: each for each in version.outputs}


def test_probabilities_are_next_to_those_of_eval_and_numbers_next_to_the_label(tmp_path):
    source = source_of(tmp_path)
    label(tmp_path)
    log_of(tmp_path / "requests", probability=[0.1, 0.9], price=[1.0, np.nan])
    version, found = outputs(source)
    assert version.has_training
    assert found["probability"].compared_with == "the rows of eval"
    assert found["price"].compared_with == "the label in training data"
    assert (found["price"].predictions.mean, found["price"].predictions.label_mean) == (1.0, 3.0)
    assert "the label in training data" in found["price"].drawing


@pytest.mark.parametrize("content", [None, b"\xff\xff"])
def test_version_without_statistics_has_its_predictions_only(tmp_path, content):
    source = source_of(tmp_path)
    if content is not None:
        label(tmp_path).write_bytes(content)
    log_of(tmp_path / "requests", price=[1.0, 2.0])
    version, found = outputs(source)
    assert not version.has_training
    assert (found["price"].compared_with, found["price"].predictions.label_mean) == ("", None)


def test_model_under_another_name_is_found_by_the_configured_one(tmp_path):
    log_of(tmp_path / "requests", price=[1.0, 2.0])
    assert traffic.log(source_of(tmp_path, "dashboard.served_as=cab")).others == ("taxi",)
    source = Sources.of([Shown(configuration(tmp_path, "dashboard.requests=elsewhere"))]).find("taxi")
    assert traffic.log(source).files == 0


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Histogram((0.002, float("inf")), (10.0, 10.0), 0.0), "1 ms"),
        (Histogram((0.5, float("inf")), (10.0, 10.0), 0.0), "250 ms"),
        (Histogram((30.0, float("inf")), (0.0, 10.0), 0.0), "over 30,000 ms"),
        (Histogram((float("inf"),), (10.0,), 0.0), "unknown"),
        (Histogram((), (), 0.0), ""),
    ],
)
def test_quantile_is_in_milliseconds(found, text):
    assert traffic.milliseconds(found, 0.5) == text


def test_page_says_that_no_server_answers_and_which_files_are_damaged(site):
    text = site.page("/traffic").text
    assert "start `penstock serve`, or set `metrics` in [dashboard]" in text
    assert "20990101-damaged.parquet: expected a complete Parquet file" in text
    assert "probability: mean 0.5" in text
