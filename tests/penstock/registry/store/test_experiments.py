import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.registry.documents import ExperimentBody
from penstock.registry.errors import Invalid, NotFound
from penstock.registry.store.experiments import Condition, Order
from penstock.registry.store.rows import Slice
from tests.examples import examples
from tests.registry_rows import body


def test_name_is_project_commit_and_number_of_the_commit(registry, model):
    other = registry.create_model(model.project_id, "fares")
    names = [
        registry.record_experiment(each).name
        for each in (
            body(model.id, "a"),
            body(model.id, "b"),
            body(other.id, "c"),
            body(model.id, "d", commit="9f8e7d6"),
            body(model.id, "e", dirty=True),
            body(model.id, "f", commit="nogit"),
        )
    ]
    assert names == [
        "taxi_1a2b3c4_1",
        "taxi_1a2b3c4_2",
        "taxi_1a2b3c4_3",
        "taxi_9f8e7d6_1",
        "taxi_1a2b3c4-dirty_1",
        "taxi_nogit_1",
    ]


def test_run_is_recorded_once(registry, model):
    first = registry.record_experiment(body(model.id))
    again = registry.record_experiment(body(model.id, state="failed", metric="log_loss"))
    assert again == first
    assert registry.experiments().items == (first,)
    assert [event.kind for event in registry.events().items].count("experiment recorded") == 1


def test_experiment_has_all_that_was_recorded(registry, model):
    given = body(
        model.id,
        packages={"tensorflow": "2.16.2"},
        nodes=({"id": "Trainer", "state": "ran", "seconds": 1.5, "peak_bytes": 10**9},),
        place={"user": "ann", "host": "box"},
        metadata={"context": 3},
        failure="refused: auc 0.9",
    )
    found = registry.record_experiment(given)
    assert found.configuration == given.configuration
    assert found.data == given.data.model_dump()
    assert found.details["nodes"] == [{"id": "Trainer", "state": "ran", "seconds": 1.5, "peak_bytes": 10**9}]
    assert found.details["place"] == {"user": "ann", "host": "box"}
    assert (found.value, found.details["failure"]) == (0.9, "refused: auc 0.9")
    assert registry.experiment(found.id) == found == registry.experiment_named(model.id, "run-1")


def test_evaluations_and_artifacts_are_merged(registry, model):
    found = registry.record_experiment(body(model.id, artifacts={"model": "state/model"}))
    registry.merge_evaluations(found.id, {"overall": {"auc": 0.95}, "company": {"7": {"auc": 0.8}}})
    merged = registry.merge_artifacts(found.id, {"report": "state/report.html"})
    assert merged.evaluations == {"overall": {"auc": 0.95, "log_loss": 0.3}, "company": {"7": {"auc": 0.8}}}
    assert merged.artifacts == {"model": "state/model", "report": "state/report.html"}
    ranked = registry.ranked(model.id, Order("metric", "auc"), conditions=[Condition("metric", "auc", ">", "0.94")])
    assert ranked.items == (merged,)
    with pytest.raises(NotFound):
        registry.merge_evaluations(99, {})


def test_merging_metrics_leaves_the_settings_searchable(registry, model):
    found = registry.record_experiment(body(model.id))
    registry.merge_evaluations(found.id, {"overall": {"auc": 0.95}})
    listed = registry.experiments(conditions=[Condition("setting", "model.rounds", "=", "100")])
    assert [each.id for each in listed.items] == [found.id]


def test_experiments_are_ranked_by_a_metric_in_pages(registry, model):
    values = [0.5, 0.9, 0.7, 0.9, 0.1]
    made = [
        registry.record_experiment(body(model.id, f"run-{number}", evaluations={"overall": {"auc": value}}))
        for number, value in enumerate(values)
    ]
    without = registry.record_experiment(body(model.id, "none", evaluations={}))
    found, after = [], None
    while True:
        page = registry.ranked(model.id, Order("metric", "auc", descending=True), Slice(limit=2, after=after))
        found += [each.id for each in page.items]
        if (after := page.after) is None:
            break
    assert found == [made[at].id for at in (3, 1, 2, 0, 4)]
    assert without.id not in found


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (Condition("setting", "model.family", "=", "trees"), 2),
        (Condition("setting", "model.family", "!=", "trees"), 1),
        (Condition("setting", "model.warm_start", "=", "true"), 1),
        (Condition("setting", "model.rounds", ">=", "100"), 2),
        (Condition("setting", "model.rounds", "<", "100"), 1),
        (Condition("metric", "auc", ">", "0.95"), 0),
        (Condition("metric", "nothing", "=", "1"), 0),
    ],
)
def test_conditions_leave_out_what_does_not_fulfil_them(registry, model, condition, count):
    for number, (family, rounds, warm) in enumerate(
        [("trees", 100, False), ("trees", 50, True), ("linear", 200, False)]
    ):
        settings = {"model": {"family": family, "rounds": rounds, "warm_start": warm}}
        registry.record_experiment(body(model.id, f"run-{number}", configuration=settings))
    assert len(registry.experiments(conditions=[condition]).items) == count
    assert len(registry.ranked(model.id, Order("metric", "auc"), conditions=[condition]).items) == count


def test_text_that_is_compared_as_a_number_is_refused(registry, model):
    with pytest.raises(Invalid, match="compare a text with = or !="):
        registry.experiments(conditions=[Condition("setting", "model.family", "<", "trees")])


def test_long_keys_and_values_are_found_whole(registry, model):
    long, longer = "x" * 5_000, "x" * 5_001
    registry.record_experiment(body(model.id, "a", configuration={long: "1", "query": long}))
    registry.record_experiment(body(model.id, "b", configuration={longer: "1", "query": longer}))
    for condition in (Condition("setting", long, "=", "1"), Condition("setting", "query", "=", long)):
        assert [each.run for each in registry.experiments(conditions=[condition]).items] == ["a"]


def test_archived_experiment_is_left_out_of_lists(registry, model):
    found = registry.record_experiment(body(model.id))
    registry.archive_experiment(found.id, "a mistake")
    assert registry.experiments().items == registry.ranked(model.id, Order("metric", "auc")).items == ()
    assert registry.experiment(found.id).archived


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
@given(configuration=st.dictionaries(st.text(max_size=10), JSON, max_size=5))
def test_any_configuration_is_stored_as_it_is_or_refused(registry, configuration):
    model = registry.create_model(registry.create_project("taxi").id, "tips")
    run = f"run-{len(registry.experiments(Slice(limit=1000)).items)}"
    try:
        given = ExperimentBody(model_id=model.id, run=run, state="failed", configuration=configuration)
    except ValueError:
        return
    assert registry.record_experiment(given).configuration == given.configuration


def test_newest_experiments_come_first_in_parts_under_conditions(registry, model):
    for number in range(6):
        registry.record_experiment(body(model.id, f"run-{number}", evaluations={"overall": {"auc": number / 10}}))
    high = [Condition("metric", "auc", ">=", "0.2")]
    first = registry.experiments(Slice(3, newest=True), model_id=model.id, conditions=high)
    assert [each.run for each in first.items] == ["run-5", "run-4", "run-3"]
    last = registry.experiments(Slice(3, first.after, newest=True), model_id=model.id, conditions=high)
    assert ([each.run for each in last.items], last.after) == (["run-2"], None)


def test_newest_first_and_an_order_by_a_value_are_refused_together(registry, model):
    with pytest.raises(Invalid, match="^newest: expected one order of the list"):
        registry.ranked(model.id, Order("metric", "auc"), Slice(newest=True))


@pytest.mark.parametrize(
    "name", ["مشروع", "\u202egpj.exe", "🚕", "o'brien; DROP TABLE events;--", "../../x", "%s %(a)s ?"]
)
def test_run_of_any_name_is_recorded_and_found(registry, model, name):
    recorded = registry.record_experiment(body(model.id, name))
    assert registry.experiment_named(model.id, name) == recorded
    assert registry.experiments(model_id=model.id).items == (recorded,)
