"""Figures of a slice: values, intervals, gains in the metric's direction, rules kept and broken."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from modules.metrics.computation import Computation, describe_computation, parse_computation
from modules.metrics.measures import MEASURES, values
from modules.metrics.results import Kind
from modules.metrics.scored import BUCKETS, Scored, interval_half_width

ROWS = 400
draw = np.random.default_rng(8)
LABELS = (draw.random(ROWS) < 0.4).astype(float)
NOISE = draw.random(ROWS)


def model(signal, *, rows=ROWS):
    """Return rows scored by a model that knows as much of the label."""
    return Scored(LABELS[:rows], signal * LABELS[:rows] + (1 - signal) * NOISE[:rows], buckets=BUCKETS)


def lookup(**places):
    """Return what gives the rows of `model_output`."""
    return lambda name, output: places.get(f"{name}_{output}")


def found(computation, baseline="baseline", **places):
    return computation.values(lookup(**places), "candidate", "model", baseline)


def test_number_of_rows_and_metrics_need_no_comparison():
    given = {"candidate_model": model(0.3)}
    assert found(Computation("example_count", "binary", kind=Kind.ROWS), None, **given) == {
        **{"example_count": ROWS, "rarer_count": min(LABELS.sum(), ROWS - LABELS.sum())}
    }
    assert found(Computation("auc", "binary"), None, **given) == {"auc": values("binary", "auc", model(0.3))[0]}


@pytest.mark.parametrize("name", MEASURES["binary"])
def test_interval_comes_under_a_name_of_its_own(name):
    given = found(Computation(name, "binary", interval=True), None, candidate_model=model(0.3))
    whole = values("binary", name, model(0.3))
    assert given == {name: whole[0], f"{name}/interval": interval_half_width(whole)}
    assert given[f"{name}/interval"] > 0


def test_output_that_a_model_lacks_has_no_results():
    for metric, kind in {"auc": Kind.VALUE, "confusion": Kind.TABLE}.items():
        assert found(Computation(metric, "binary", kind=kind)) == {}
    for kind, against in {Kind.GAIN: "linear", Kind.WORSE: "", Kind.MISSED: "zone"}.items():
        assert found(Computation("auc", "binary", kind=kind, against=against)) == {}
    assert found(Computation("auc", "binary", kind=Kind.GAIN, against="linear"), candidate_model=model(0.3)) == {}
    assert (
        found(Computation("auc", "binary", kind=Kind.GAIN, against="baseline"), None, candidate_model=model(0.3)) == {}
    )


@pytest.mark.parametrize(("metric", "greater"), [("auc", True), ("log_loss", False)])
def test_gain_is_above_zero_where_the_model_is_better(metric, greater):
    given = {"candidate_model": model(0.5), "candidate_linear": model(0.2)}
    computation = Computation(metric, "binary", kind=Kind.GAIN, against="linear", interval=True, greater=greater)
    gain = found(computation, **given)
    assert gain[computation.name] > gain[computation.name + "/interval"] > 0
    turned = found(computation, candidate_model=model(0.2), candidate_linear=model(0.5))
    assert turned[computation.name] == -gain[computation.name]


def test_interval_of_a_gain_is_narrower_than_those_of_two_models_with_the_same_errors():
    own, other = model(0.3), model(0.28)
    gain = found(
        Computation("auc", "binary", kind=Kind.GAIN, against="baseline", interval=True),
        candidate_model=own,
        baseline_model=other,
    )
    assert gain["auc/over_baseline/interval"] < interval_half_width(values("binary", "auc", own)) / 3


WORSE = Computation("auc", "binary", kind=Kind.WORSE, min_rows=100)


@pytest.mark.parametrize(
    ("own", "before", "kept"),
    [
        (0.5, 0.2, True),
        (0.3, 0.3, True),
        (0.2, 0.5, False),
        (0.2, 0.21, False),
    ],
)
def test_slice_is_worse_only_beyond_the_interval_of_the_difference(own, before, kept):
    (beyond,) = found(WORSE, candidate_model=model(own), baseline_model=model(before)).values()
    assert (beyond <= 0) is kept


def test_small_loss_of_models_that_err_on_other_rows_is_within_the_interval():
    other = Scored(LABELS, 0.32 * LABELS + 0.68 * np.random.default_rng(9).random(ROWS), buckets=BUCKETS)
    given = {"candidate_model": model(0.31), "baseline_model": other}
    gain = found(Computation("auc", "binary", kind=Kind.GAIN, against="baseline", interval=True), **given)
    assert abs(gain["auc/over_baseline"]) < gain["auc/over_baseline/interval"]
    assert found(WORSE, **given)["auc/worse"] <= 0


def refused(times, drop):
    """Return in how many of simulated slices a model is found worse than one whose error is smaller by `drop`."""
    chance, found_worse = np.random.default_rng(10), 0
    for _ in range(times):
        labels = chance.normal(0, 1, 200)
        shared = chance.normal(0, 1, 200)
        own, before = (labels + size * (shared + chance.normal(0, 1, 200)) for size in (1 + drop, 1))
        rows = {"candidate_model": Scored(labels, own, buckets=BUCKETS)}
        rows["baseline_model"] = Scored(labels, before, buckets=BUCKETS)
        (beyond,) = found(Computation("rmse", "regression", kind=Kind.WORSE, greater=False), **rows).values()
        found_worse += beyond > 0
    return found_worse / times


def test_model_that_is_no_worse_is_refused_about_one_time_in_forty():
    assert 0.005 <= refused(800, 0.0) <= 0.045


def test_model_that_is_worse_is_nearly_always_refused():
    assert refused(200, 0.4) > 0.95


@pytest.mark.parametrize(
    ("own", "before", "kept"),
    [
        ("one label", "one label", True),
        ("no number", "fine", False),
        ("fine", "no number", True),
        ("few", "few", True),
        ("one true row", "one true row", True),
        ("fine", None, True),
    ],
)
def test_slice_that_cannot_be_compared_fails_a_model_only_if_it_lost_its_value(own, before, kept):
    kinds = {
        "fine": model(0.3),
        "one label": Scored(np.ones(ROWS), NOISE, buckets=BUCKETS),
        "no number": Scored(LABELS, np.full(ROWS, math.nan), buckets=BUCKETS),
        "few": model(0.1, rows=99),
        "one true row": Scored(np.eye(ROWS)[7], NOISE, buckets=BUCKETS),
        None: None,
    }
    (beyond,) = found(WORSE, candidate_model=kinds[own], baseline_model=kinds[before]).values()
    assert (beyond <= 0) is kept


@pytest.mark.parametrize(
    ("least", "most", "rows", "kept"),
    [
        (0.1, None, ROWS, True),
        (0.99, None, ROWS, False),
        (0.99, None, 99, True),
        (None, 0.1, ROWS, False),
        (None, 0.1, 99, True),
        (0.1, 0.99, ROWS, True),
        (0.1, 0.2, ROWS, False),
    ],
)
def test_bound_of_a_slice_is_missed_only_where_there_are_rows_enough(least, most, rows, kept):
    computation = Computation("auc", "binary", kind=Kind.MISSED, against="zone", least=least, most=most, min_rows=100)
    (beyond,) = found(computation, candidate_model=model(0.3, rows=rows)).values()
    assert (beyond <= 0) is kept


def test_value_at_the_bound_keeps_it_and_no_value_does_not():
    exact = float(values("binary", "auc", model(0.3))[0])
    for bound in ({"least": exact}, {"most": exact}):
        assert found(
            Computation("auc", "binary", kind=Kind.MISSED, against="a/b", **bound), candidate_model=model(0.3)
        ) == {"auc/missed/a/b": 0}
    one_label = Scored(np.ones(5), np.ones(5))
    (beyond,) = found(
        Computation("auc", "binary", kind=Kind.MISSED, against="z", least=0.1), candidate_model=one_label
    ).values()
    assert math.isnan(beyond)


def test_tables_are_of_the_model_and_not_of_the_baseline():
    computation, rows = (
        Computation("confusion", "binary", kind=Kind.TABLE),
        lookup(candidate_model=model(0.3), baseline_model=model(0.3)),
    )
    assert computation.values(rows, "candidate", "model", "baseline")["confusion"].sum() == ROWS
    assert computation.values(rows, "baseline", "model", "baseline") == {}


@pytest.mark.parametrize(("share", "kept"), [(0.0005, True), (0.002, False)])
def test_loss_against_the_linear_model_of_less_than_a_thousandth_is_none(share, kept):
    draw = np.random.default_rng(3)
    labels, errors = draw.normal(size=2_000), draw.normal(size=2_000)
    # Each error is larger by the same share, so that the interval of the difference is narrower than the difference.
    given = {
        "candidate_model": Scored(labels, labels + (1 + share) * errors, buckets=BUCKETS),
        "candidate_linear": Scored(labels, labels + errors, buckets=BUCKETS),
    }
    gain = Computation("rmse", "regression", kind=Kind.GAIN, against="linear", interval=True, greater=False)
    lost, width = found(gain, **given).values()
    assert lost < -width < 0
    (beyond,) = found(replace(gain, kind=Kind.WORSE_THAN, interval=False), **given).values()
    assert (beyond <= 0) is kept


def test_names_and_comparisons_are_known_before_there_are_rows():
    gain = Computation("auc", "binary", kind=Kind.GAIN, against="linear", interval=True)
    assert gain.names == ["auc/over_linear", "auc/over_linear/interval"]
    assert gain.compared_with("candidate", "model", "baseline") == [("candidate", "linear")]
    assert WORSE.compared_with("candidate", "model", "baseline") == [("baseline", "model")]
    linear = Computation("auc", "binary", kind=Kind.WORSE_THAN, against="linear")
    assert linear.compared_with("candidate", "model", None) == [("candidate", "linear")]
    assert linear.name == "auc/worse_than_linear"
    assert WORSE.compared_with("baseline", "model", "baseline") == WORSE.compared_with("", "model", None) == []


# Those of a decision are described in a way of their own: see test_decisions.
OF_MODELS = [kind for kind in Kind if kind not in (Kind.DECISION, Kind.PROMISE, Kind.FAIRNESS)]


@pytest.mark.parametrize("kind", OF_MODELS)
def test_description_for_tfma_is_parsed_to_the_same_computation(kind):
    whole = describe_computation("auc", "binary", kind, against="linear", min_rows=3, code="x")
    assert parse_computation(json.loads(json.dumps(whole))) == Computation(
        "auc", "binary", kind=kind, against="linear", min_rows=3, code="x"
    )
    assert whole["name"] == parse_computation(whole).name
