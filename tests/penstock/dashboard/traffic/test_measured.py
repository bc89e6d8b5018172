"""What is counted of a model, from the metrics that the server itself writes."""

from pathlib import Path

import pytest

from penstock.dashboard.traffic.measured import measured
from penstock.dashboard.traffic.scraping import Sample
from penstock.server.challenger.comparing import Compared
from penstock.server.challenger.metrics import Pair
from penstock.server.process.metrics import Answered, Metrics


@pytest.fixture(scope="module")
def samples():
    from prometheus_client.parser import text_string_to_metric_families

    metrics = Metrics()
    answers = [("1", "OK", 0.004), ("1", "OK", 0.004), ("2", "OK", 0.2), ("", "INVALID_ARGUMENT", 0.001)]
    for version, code, seconds in answers:
        metrics.answered(Answered("REST", "predict", "taxi", version, code), seconds)
    metrics.answered(Answered("REST", "predict", "other", "1", "OK"), 40.0)
    metrics.ran("taxi", 1, 3, 0.002)
    metrics.changed("taxi", 1, "AVAILABLE")
    metrics.sampled("written")
    rows = Compared("probability", {"equal": 3, "different": 1}, 3, (0.0, 0.5), ((0.1, 0.9), (0.1, 0.4)))
    metrics.challenger.compared(Pair("taxi", 1, 2), [rows], 0.01)
    metrics.challenger.count("taxi", "dropped")
    metrics.loaded(Path("/models/1"), "taxi", 1.0, "")
    text = metrics.text().decode()
    return [Sample(s.name, dict(s.labels), s.value) for f in text_string_to_metric_families(text) for s in f.samples]


def test_requests_are_counted_by_code_and_by_version_without_other_models(samples):
    found = measured(samples, "taxi")
    assert found.codes == (("REST", "predict", "OK", 3), ("REST", "predict", "INVALID_ARGUMENT", 1))
    assert (found.requests, found.others, found.sampled) == (4, ("other",), {"written": 1})
    second, first, nobody = found.versions
    assert [(each.version, each.state, each.requests, each.errors) for each in (second, first, nobody)] == [
        ("2", "", 1, 0),
        ("1", "available", 2, 0),
        ("", "", 1, 1),
    ]
    assert 0.0025 < first.latency.quantile(0.5) < 0.005
    assert 0.1 < second.latency.quantile(0.99) < 0.25
    assert (first.call.count, second.call.count) == (1, 0)


def test_champion_and_challenger_are_compared_by_output(samples):
    found = measured(samples, "taxi")
    assert found.outcomes == {"compared": 1, "dropped": 1}
    [duel] = found.duels
    assert (duel.champion, duel.challenger, duel.output, duel.count) == ("1", "2", "probability", 4)
    assert (duel.rows, duel.other_class, duel.classes) == ({"equal": 3, "different": 1}, 1, 4)
    assert duel.difference.mean == 0.25
    assert [values.count for values in duel.values] == [2, 2]
    assert found.seconds["2"].count == 1


def test_model_that_is_not_served_has_nothing_but_the_names_of_others(samples):
    found = measured(samples, "elsewhere")
    assert (found.codes, found.versions, found.duels, found.requests) == ((), (), (), 0)
    assert found.others == ("other", "taxi")
