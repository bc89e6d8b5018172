"""The values of outputs, compared with the label in training data."""

import math

import numpy as np
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.serving.requests.predictions import counts, features_of, predicted_numbers, predicted_texts


def test_classes_are_compared_with_the_label():
    found = predicted_texts("label", {"a": 30, "b": 70}, {"a": 1, "c": 1})
    assert found.shares == {"b": 0.7, "a": 0.3}
    assert found.label_shares == {"a": 0.5, "c": 0.5}
    assert found.distance == pytest.approx(0.7)
    assert predicted_texts("label", {"a": 1}, None).distance is None


def test_numbers_that_are_not_finite_are_counted_and_not_averaged():
    found = predicted_numbers("p", np.array([1.0, 3.0, math.nan, math.inf]), None)
    assert (found.count, found.mean, found.label_mean) == (4, 2.0, None)
    assert (len(found.deciles), found.deciles[4]) == (9, 2.0)
    assert predicted_numbers("p", np.array([math.nan]), None).mean is None


def test_label_with_more_values_than_are_counted_is_not_compared():
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    feature = statistics.datasets.add().features.add()
    feature.path.step.append("label")
    feature.string_stats.rank_histogram.buckets.add(label="a", sample_count=3)
    feature.string_stats.unique = 1
    assert counts(features_of(statistics)["label"]) == {"a": 3}
    feature.string_stats.unique = 2
    assert counts(feature) is None
    assert counts(None) is None
