"""The pages of the data."""

import json
import math

from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.core import artifact_types
from penstock.dashboard.pages.data import charts, column, heat_map, label, names, with_output
from penstock.dashboard.sources import Shown, Sources
from tests.dashboard_site import RUNS
from tests.metadata_store import StoreBuilder, configuration
from tests.penstock.reports.conftest import EVIL


def test_columns_are_those_of_the_last_statistics(site):
    assert names(site.source) == sorted(["miles", EVIL])


def test_column_of_numbers_has_its_values_in_each_run_with_new_statistics(site):
    first, last = column(site.source, "miles")
    assert (label(first.run), label(last.run)) == ("version 1", "version 2")
    assert (first.rows, first.mean, first.deviation, first.least, first.median) == (10, 2.5, 1.25, 0, 2)
    assert math.isclose(first.missing, 0.2)
    assert [title for title, _ in charts([first, last])] == ["Mean, median and range", "Share of missing values"]
    assert charts([first]) == []


def test_column_of_text_has_its_values_and_the_most_frequent_ones(site):
    found = column(site.source, EVIL)[0]
    assert (found.distinct, found.missing, found.top) == (2, 0.0, ((EVIL, 0.9), ("card", 0.1)))
    assert found.mean is None
    assert column(site.source, "nothing") == []


def test_heat_map_has_the_distances_of_each_run_the_greatest_first(site):
    found = heat_map(site.source)
    assert [run.id for run in found.runs] == [RUNS[0], RUNS[4]]
    assert [name for name, _ in found.rows] == [EVIL, "miles"]
    assert [cell.level for cell in found.rows[0][1]] == [3, 3]
    assert [cell.level for cell in found.rows[1][1]] == [0, 0]
    assert found.unreadable == ()


def test_report_that_cannot_be_read_is_named_and_not_compared_ones_are_left_out(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    for run, text in (("run-1", "{"), ("run-2", json.dumps({"version": None, "compared": False, "columns": [],
                                                             "fails": False}))):  # fmt: skip
        made = builder.node(run, "DriftReport", outputs={"report": (artifact_types.DRIFT_REPORT, {})})
        [artifact] = builder.store.get_artifacts_by_id([made["report"]])
        folder = tmp_path.joinpath(artifact.uri)
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(text)
    found = heat_map(Sources.of([Shown(builder.config)]).find("taxi"))
    assert (found.runs, found.rows, found.unreadable) == ((), (), ("run-1",))


def test_artifact_that_later_runs_take_from_the_cache_is_of_the_first(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    made = builder.whole_run("run-1", version=1)
    builder.whole_run("run-2", version=2, examples=made["examples"])
    source = Sources.of([Shown(builder.config)]).find("taxi")
    assert [run.id for run in with_output(source, "Examples")] == ["run-1"]
    assert [run.id for run in with_output(source, "Model")] == ["run-1", "run-2"]
    assert with_output(source, "Nothing") == []


def test_statistics_of_another_store_in_the_same_folder_are_shown(tmp_path):
    builder = StoreBuilder(configuration(tmp_path))
    made = builder.node("run-1", "StatisticsGen", outputs={"statistics": ("ExampleStatistics", {})})
    [artifact] = builder.store.get_artifacts_by_id([made["statistics"]])
    folder = tmp_path / artifact.uri / "Split-train"
    folder.mkdir(parents=True)
    source = Sources.of([Shown(builder.config)]).find("taxi")
    # As after the state was removed, and another run made the first artifact again.
    for name in ("before", "after"):
        statistics = statistics_pb2.DatasetFeatureStatisticsList()
        statistics.datasets.add(num_examples=1).features.add().path.step.append(name)
        (folder / "FeatureStats.pb").write_bytes(statistics.SerializeToString())
        assert names(source) == [name]
