"""What the pages of runs, data and lineage say."""

from penstock.dashboard.routes import data, lineage, models, runs, search
from tests.dashboard_site import DIGEST, RUNS

ROUTERS = (data.router, lineage.router, models.router, runs.router, search.router)


def test_each_path_is_of_a_pipeline_and_only_reads():
    for router in ROUTERS:
        for route in router.routes:
            assert route.path.startswith("/p/{pipeline}/")
            assert route.methods == {"GET"}


def test_runs_keep_their_filter_in_the_address(site):
    page = site.page("/runs?state=failed&q=ExampleValidator")
    assert RUNS[2] in page.text
    assert not any(run in page.text for run in RUNS[:2])
    assert 'data-live="/p/taxi/runs/live?page=1&amp;state=failed&amp;q=ExampleValidator"' in page.markup
    assert "No run matches the filter." in site.page("/runs?q=zzz").text


def test_run_has_graph_times_verdict_and_the_next_command(site):
    page = site.page(f"/runs/{RUNS[0]}")
    for words in ("pushed version 1", "Nodes over time", "Why it failed", "penstock lineage 1", "There is no log"):
        assert (words in page.text) == (words != "Why it failed")
    assert f"/p/taxi/runs/{RUNS[0]}/nodes/Trainer" in page.links
    assert "data-live" not in page.markup
    refused = site.page(f"/runs/{RUNS[1]}")
    assert "Why nothing was pushed" in refused.text
    assert "at least 0.95 required" in refused.text


def test_latest_is_the_newest_run(site):
    assert f"Run {RUNS[4]}" in site.page("/runs/latest").text


def test_data_has_drift_columns_and_schema(site):
    text = site.page("/data").text
    for words in ("0.250", "0.010", "To accept the correct ones", "miles"):
        assert words in text
    assert "Mean, median and range" in site.page("/data/miles").text


def test_lineage_leads_from_a_version_to_its_file_and_back(site):
    assert "/p/taxi/lineage/2" in site.page("/lineage").links
    page = site.page("/lineage/2")
    assert f"/p/taxi/files/{DIGEST}" in page.links
    assert "svg" in page.elements
    assert "/p/taxi/lineage/2" in site.page(f"/files/{DIGEST}").links
