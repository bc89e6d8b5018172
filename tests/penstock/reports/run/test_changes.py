from penstock.metadata.lineage import Run
from penstock.reports.run.changes import changes, schema_changes
from penstock.reports.run.facts import Recorded
from tests.penstock.reports.run.runs import EXPERIMENT, changed, run

EMPTY = Run("run", "taxi", ())


def test_packages_and_long_values_are_compared():
    one = {**EXPERIMENT, "details": {"packages": {"tfx": "1.16.0", "numpy": "1"}}}
    other = {**changed(leaves="x" * 500), "details": {"packages": {"tfx": "1.21.0", "numpy": "1"}}}
    found = {each.name: each for each in changes(Recorded(EMPTY, other), Recorded(EMPTY, one))}
    assert (found["tfx"].before, found["tfx"].after) == ("1.16.0", "1.21.0")
    assert len(found["model.leaves"].after) == 200
    assert "numpy" not in found


def test_what_was_not_recorded_is_not_compared():
    assert changes(Recorded(EMPTY, EXPERIMENT), Recorded(EMPTY)) == ()
    assert schema_changes(Recorded(EMPTY), Recorded(EMPTY)) is None


def test_settings_of_the_registry_and_the_report_are_no_changes():
    one, other = changed(), changed()
    other["configuration"] |= {"registry": {"record": True}, "report": {"rows": 9}, "card": {"owner": "x"}}
    assert changes(Recorded(EMPTY, other), Recorded(EMPTY, one)) == ()


def test_same_schema_has_no_changes(builder):
    recorded = Recorded(run(builder, "run-1"))
    assert schema_changes(recorded, recorded) == ()
