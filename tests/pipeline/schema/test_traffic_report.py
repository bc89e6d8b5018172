"""What a comparison of logged requests found: columns above a threshold, and those that have a distance."""

from pipeline.schema.traffic_report import ColumnTraffic, VersionTraffic


def test_columns_above_a_threshold_may_have_no_distance():
    near = ColumnTraffic("a", "L-infinity", 0.0, 0.1)
    gone = ColumnTraffic("b", missing=1.0, passed=False, reason="no value in the log")
    hashed = ColumnTraffic("c", reason="hashed")
    found = VersionTraffic(1, 100, 100, 1, "", "", (), "", (near, gone, hashed))
    assert (found.beyond, found.compared) == ((gone,), (near,))
