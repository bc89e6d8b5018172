"""The numbers of a comparison in Prometheus' format."""

from prometheus_client import CollectorRegistry

from penstock.server.challenger.comparing import Compared
from penstock.server.challenger.metrics import ChallengerMetrics, Pair

NAMES = {"model": "m", "champion": "1", "challenger": "2", "output": "y"}


def test_comparison_is_counted_by_versions_and_output():
    registry = CollectorRegistry()
    metrics = ChallengerMetrics(registry)
    metrics.count("m", "dropped")
    values = (0.5,) * 3, (0.5, 0.5, 0.8)
    numbers = Compared("y", {"equal": 2, "close": 0, "different": 1}, 2, (0.0, 0.0, 0.3), values)
    metrics.compared(Pair("m", 1, 2), [numbers, Compared("label", {"missing": 3})], 0.004)

    def value(name, **labels):
        return registry.get_sample_value(f"penstock_challenger_{name}", labels)

    assert value("requests_total", model="m", outcome="dropped") == 1
    assert value("requests_total", model="m", outcome="compared") == 1
    assert [value("rows_total", **NAMES, result=each) for each in ("equal", "close", "different")] == [2, None, 1]
    assert value("rows_total", **{**NAMES, "output": "label"}, result="missing") == 3
    assert [value("classes_total", **NAMES, result=each) for each in ("same", "other")] == [2, 1]
    assert value("difference_bucket", **NAMES, le="0.2") == 2
    assert value("difference_sum", **NAMES) == 0.3
    assert [value("value_bucket", **NAMES, role=each, le="0.5") for each in ("champion", "challenger")] == [3, 2]
    assert value("seconds_count", model="m", challenger="2") == 1


def test_distribution_takes_a_part_of_many_rows():
    registry = CollectorRegistry()
    values = tuple(float(number) for number in range(1000))
    metrics = ChallengerMetrics(registry)
    metrics.compared(Pair("m", 1, 2), [Compared("y", {"equal": 1000}, None, values, (values, values))], 0.1)
    assert registry.get_sample_value("penstock_challenger_difference_count", NAMES) == 250
    assert registry.get_sample_value("penstock_challenger_rows_total", {**NAMES, "result": "equal"}) == 1000
