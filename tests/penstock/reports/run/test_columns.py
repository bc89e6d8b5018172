"""Statistics of columns from the files of StatisticsGen, and from a version whose run is gone."""

import shutil
from pathlib import Path

import pytest

from penstock.core.documents.data import Distance, DriftReport
from penstock.reports.run.columns import columns, training_rows
from penstock.reports.run.facts import Recorded
from penstock.versions.record import STATISTICS
from tests.penstock.reports.run.runs import run


@pytest.fixture
def recorded(builder):
    return Recorded(run(builder, "run-1"))


def test_columns_are_in_the_order_of_their_roles_others_last(recorded):
    names = [each.name for each in columns(recorded, None, {"paid": "categorical"}, None)]
    assert names == ["paid", "miles"]


def test_text_has_its_most_frequent_values_and_the_distances(recorded):
    distance = {"column": "paid", "measure": "L-infinity", "threshold": 0.1, "passed": True}
    drift = DriftReport(
        version=1, compared=True, fails=False, columns=(Distance(distance=0.3, **distance),),
        skew=(Distance(distance=None, **distance),),
    )  # fmt: skip
    paid = next(each for each in columns(recorded, None, {}, drift) if each.name == "paid")
    assert (paid.kind, paid.drift, paid.skew) == ("text", 0.3, None)
    assert paid.values[0].top == (("paid", 0.9), ("card", 0.1))
    assert paid.values[0].unique == 2


def test_training_rows_of_a_version_are_those_of_its_run_or_of_its_folder(recorded):
    assert training_rows(recorded, 1).name == "version 1"
    folder = Path(recorded.run.output("ExampleStatistics").uri)
    content = (folder / "Split-train" / "FeatureStats.pb").read_bytes()
    shutil.rmtree(folder)
    assert training_rows(recorded, 1) is None
    kept = Path(recorded.run.pushed_model.properties["pushed_destination"]) / STATISTICS
    kept.parent.mkdir()
    kept.write_bytes(content)
    assert training_rows(recorded, 1).rows == 10


def test_run_without_statistics_has_no_columns(builder):
    builder.node("run-2", "ExampleGen")
    from penstock.metadata import lineage

    assert columns(Recorded(lineage.run(builder.config.store, "run-2")), None, {}, None) == ()
