"""Names of models, versions and experiments, in both databases."""

import pytest

from penstock.registry.documents import AliasMove, VersionBody, VersionChange
from penstock.registry.errors import Conflict, Invalid, NotFound
from penstock.registry.lists import Slice
from penstock.registry.naming import check_alias, every, find_experiment, find_model, find_version, first, newest
from tests.registry_rows import body, digest, pushed


@pytest.fixture
def versions(registry, model):
    return [pushed(registry, model.id, number) for number in (1, 2, 3)]


def test_version_is_found_by_number_alias_name_and_run(registry, model, versions):
    registry.move_alias(model.id, "staging", AliasMove(version=2))
    for text in ("2", "staging", "taxi_1a2b3c4_2", "run-2", "02"):
        assert find_version(registry, model, text).number == 2


def test_archived_version_is_found(registry, model, versions):
    registry.change_version(versions[1].id, VersionChange(stage="archived"))
    assert find_version(registry, model, "run-2").stage == "archived"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7", "expected one of 1, 2, 3, received 7"),
        ("0", "expected one of 1, 2, 3, received 0"),
        ("1" * 400, "expected one of 1, 2, 3, received 111"),
        ("x" * 5_000, f"the version '{'x' * 100}...': expected a number, an alias"),
        ("-1", "a number, an alias or a version name"),
        ("²", "a number, an alias or a version name"),
        ("taxi_1a2b3c4_22", "did you mean 'taxi_1a2b3c4_2'?"),
        ("Default", "did you mean 'default'?"),
        ("", "a number, an alias or a version name"),
    ],
)
def test_unknown_version_is_refused_with_what_there_is(registry, model, versions, text, words):
    with pytest.raises(NotFound) as refused:
        find_version(registry, model, text)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 300


def test_name_that_is_an_alias_and_a_version_name_is_refused(registry, model, versions):
    registry.move_alias(model.id, "taxi_1a2b3c4_2", AliasMove(version=3))
    with pytest.raises(Conflict, match="expected one version of tips, received versions 3, 2"):
        find_version(registry, model, "taxi_1a2b3c4_2")
    registry.move_alias(model.id, "taxi_1a2b3c4_2", AliasMove(version=2))
    assert find_version(registry, model, "taxi_1a2b3c4_2").number == 2


def test_run_whose_nodes_were_cached_names_the_version_that_it_found(registry, model, versions):
    registry.record_experiment(body(model.id, "run-again", metadata={"version": 2}))
    assert find_version(registry, model, "run-again").number == 2


def test_name_of_an_experiment_with_two_versions_is_refused(registry, model, versions):
    values = {"folder": "models/9", "digest": digest(9), "experiment_id": versions[0].experiment_id}
    registry.record_version(VersionBody(model_id=model.id, number=9, **values))
    with pytest.raises(Conflict, match="received versions 1, 9"):
        find_version(registry, model, "run-1")


def test_model_without_versions_says_how_to_get_one(registry, model):
    with pytest.raises(NotFound, match="push one with `penstock run`"):
        find_version(registry, model, "default")


def test_experiment_is_found_by_name_run_and_id(registry, model):
    experiment = registry.record_experiment(body(model.id))
    for text in (experiment.name, "run-1", str(experiment.id)):
        assert find_experiment(registry, model, text) == experiment
    with pytest.raises(NotFound, match="did you mean 'run-1'"):
        find_experiment(registry, model, "run1")


def test_model_is_found_by_name_if_one_project_has_it(registry, model):
    assert find_model(registry, "tips") == find_model(registry, "taxi/tips") == find_model(registry, "tips", "taxi")
    registry.create_model(registry.create_project("rides").id, "tips")
    with pytest.raises(Conflict, match="taxi/tips, rides/tips"):
        find_model(registry, "tips")
    with pytest.raises(NotFound, match="did you mean 'taxi/tips'"):
        find_model(registry, "taxi/tip")


@pytest.mark.parametrize("name", ["1", "", "a b", "ä", "x" * 129, "-x", "a/b"])
def test_bad_name_of_an_alias_is_refused(name):
    with pytest.raises(Invalid, match="expected a letter"):
        check_alias(name)


def test_every_item_of_a_long_list_is_read(registry, model, versions):
    parts = every(lambda part: registry.versions(model.id, part), Slice(2))
    assert [version.number for version in parts] == [1, 2, 3]


def test_list_of_any_length_is_read(registry, model, versions):
    for most in (3, 10**50):
        assert len(newest(lambda part: registry.versions(model.id, part), most)) == 3
        assert len(first(lambda part: registry.versions(model.id, part), most)) == 3
    assert len(newest(lambda part: registry.versions(model.id, part), None)) == 3
