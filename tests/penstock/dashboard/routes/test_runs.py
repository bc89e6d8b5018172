"""What the pages of runs, data and lineage say."""

from penstock.dashboard.pages.run import report_file
from penstock.dashboard.routes import data, lineage, models, runs, search, traffic
from penstock.metadata.lineage import run as lineage_of
from tests.dashboard_site import DIGEST, RUNS

ROUTERS = (data.router, lineage.router, models.router, runs.router, search.router, traffic.router)


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


def test_name_of_a_column_may_have_line_breaks_and_slashes(site):
    for name in ("a%0Ab", "a%0A", "a/b", "a%2Fb%0D%0Ac"):
        assert "one of the last statistics" in site.page(f"/data/{name}", 404).text


def test_lineage_leads_from_a_version_to_its_file_and_back(site):
    assert "/p/taxi/lineage/2" in site.page("/lineage").links
    page = site.page("/lineage/2")
    assert f"/p/taxi/files/{DIGEST}" in page.links
    assert "svg" in page.elements
    assert "/p/taxi/lineage/2" in site.page(f"/files/{DIGEST}").links


def test_report_of_a_run_is_shown_without_what_could_run_in_it(site):
    address = f"/p/taxi/runs/{RUNS[0]}/report"
    assert f"penstock report {RUNS[0]}" in site.page(f"/runs/{RUNS[0]}/report", 404).text
    assert address not in site.page(f"/runs/{RUNS[0]}").links
    file = report_file(site.source, lineage_of(site.config.store, RUNS[0]))
    file.parent.mkdir(parents=True)
    file.write_text("<title>Report</title><script>alert(1)</script>")
    try:
        assert address in site.page(f"/runs/{RUNS[0]}").links
        policy = site.get(address).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox;" in policy
        assert "script-src" not in policy
    finally:
        file.unlink()
