import numpy as np
import pytest

from modules.analysis.dependence import dependence
from modules.analysis.sample import Sample
from tests.modules.analysis.samples import binary, multiclass, sample


def test_mean_prediction_rises_with_the_column_that_decides_and_not_with_another():
    signal, noise = dependence(sample(), binary, ["signal", "noise"], 5)
    assert list(signal.means) == sorted(signal.means)
    assert signal.means[-1] - signal.means[0] > 0.8
    assert len(set(noise.means)) == 1
    assert len(signal.rows) == 25
    assert {len(row) for row in signal.rows} == {len(signal.numbers)}


def test_categories_are_varied_by_frequency_numbers_that_are_categories_too():
    colour, zone = dependence(sample(), binary, ["colour", "zone"], 5)
    assert set(colour.categories) == {"red", "green", "blue", "(missing)"}
    assert set(zone.categories) == {"1", "2", "3"}
    assert zone.kind == "category"


def test_only_values_that_are_in_the_column_are_given_to_the_model():
    rows = sample()
    seconds = np.random.default_rng(2).integers(0, 9_000, len(rows)).astype(float)
    [found] = dependence(
        Sample({"seconds": seconds}, rows.labels, 600), lambda columns: columns["seconds"], ["seconds"], 1
    )
    assert len(found.numbers) == 16
    assert set(found.numbers) <= set(seconds)


def test_columns_without_values_to_vary_are_left_out():
    rows = sample()
    columns = {
        **rows.columns,
        "constant": np.ones(600),
        "missing": np.full(600, np.nan),
        "text": np.array([f"{n}".encode() for n in range(600)], object),
    }
    names = ["vector", "constant", "missing", "text", "signal"]
    assert [each.column for each in dependence(Sample(columns, rows.labels, 600), binary, names, 5)] == ["signal"]


def test_most_are_the_first_ones():
    assert [each.column for each in dependence(sample(), binary, ["noise", "signal"], 1)] == ["noise"]


def test_prediction_of_several_classes_is_that_of_the_first():
    [found] = dependence(sample(task="multiclass"), multiclass, ["signal"], 5)
    assert found.output == "low"
    assert found.means[0] == pytest.approx(max(found.means))
