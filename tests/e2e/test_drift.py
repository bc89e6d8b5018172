"""Training data that drifted from that of the last pushed model: it is reported, and fails the run if configured."""

import json

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def pushed(continued):
    """Yield a project with one pushed version, and the JSON of that run."""
    with continued.restored() as project:
        yield project, continued.found


@pytest.fixture(scope="module")
def drifted(pushed, rows):
    """Return the project with other rows: the fares trebled, and nearly every ride paid in one way."""
    project, _ = pushed
    header, *lines = rows.read_text().splitlines()
    fare, payment = (header.split(",").index(name) for name in ("fare", "payment_type"))
    changed = []
    for number, line in enumerate(lines):
        cells = line.split(",")
        cells[fare] = str(float(cells[fare]) * 3) if cells[fare] else ""
        if number % 10:
            cells[payment] = "Cash"
        changed.append(",".join(cells))
    (project.folder / "trips.csv").write_text("\n".join([header, *changed, ""]))
    return project


def test_a_first_run_reports_that_there_is_no_earlier_version(pushed):
    project, first = pushed
    assert first["state"] == "pushed", first["stderr"]
    drift = first["drift"]
    assert (drift["version"], drift["compared"], drift["fails"]) == (None, False, False)
    assert {column["column"] for column in drift["columns"]} >= {"fare", "payment_type", "big_tipper"}
    assert "fare" in {column["column"] for column in drift["skew"] if column["passed"]}
    assert all(0 <= column["distance"] < 0.5 for column in drift["skew"] if column["distance"] is not None)
    assert (project.folder / "models" / "1" / "assets.extra" / "statistics.pb").is_file()


def test_a_repeated_run_is_cached_and_has_the_report_of_the_first(pushed):
    project, first = pushed
    again = project.run("run")
    assert set(project.states(again).values()) == {"cached"}
    assert again["drift"] == first["drift"]


def test_a_changed_setting_compares_equal_rows_and_leaves_the_rest_cached(pushed):
    project, _ = pushed
    found = project.run("run", "--to", "Transform", "--set", "drift.numbers=0.2")
    states = project.states(found)
    assert (states["DriftReport"], states["Transform"]) == ("ran", "cached")
    assert found["drift"]["version"] == 1
    assert {column["distance"] for column in found["drift"]["columns"]} <= {0.0, None}


def test_drift_fails_the_run_if_configured(drifted):
    failed = drifted.run("run", "--set", "drift.fail_on=drift")
    assert (failed["exit"], failed["state"]) == (1, "failed")
    assert failed["error"]["what"] == "the training data drifted from that of version 1"
    assert "payment_type at" in failed["error"]["received"]
    assert any(line.startswith("fare: Jensen-Shannon ") for line in failed["error"]["details"])
    states = drifted.states(failed)
    assert (states["DriftReport"], states["DriftGate"], states["Transform"]) == ("ran", "failed", "skipped")


def test_skew_fails_the_run_if_configured(pushed):
    project, _ = pushed
    settings = ("--set", "drift.fail_on=skew", "--set", "drift.skew.columns.fare=0")
    failed = project.run("run", "--to", "DriftGate", *settings)
    assert (failed["exit"], failed["state"]) == (1, "failed")
    assert failed["error"]["what"] == "the split eval is skewed from train"
    assert any(line.startswith("fare: ") and "eval from train" in line for line in failed["error"]["details"])


def test_drift_is_reported_by_run_and_show_if_it_does_not_fail_the_run(drifted):
    done = drifted.penstock("run", "--to", "DriftGate")
    assert done.returncode == 0, done.stderr
    assert "columns above their thresholds" in done.stdout
    assert "drifted  payment_type: L-infinity " in done.stdout
    assert "Skew of eval from train: " in done.stdout
    shown = drifted.penstock("show")
    assert "drifted  fare: Jensen-Shannon " in shown.stdout
    report = json.loads(drifted.penstock("show", "--json").stdout)["drift"]
    assert report["version"] == 1
    assert {column["column"] for column in report["columns"] if not column["passed"]} >= {"fare", "payment_type"}
