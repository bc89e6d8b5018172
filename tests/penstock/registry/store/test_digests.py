"""Digests of rows do not depend on what the database sets or other rows say."""

from penstock.registry.documents import AliasMove
from penstock.registry.store.digests import experiment_digest, version_digest
from tests.registry_rows import pushed


def test_digest_of_a_version_does_not_depend_on_its_aliases(registry, model):
    version = pushed(registry, model.id, 1)
    registry.move_alias(model.id, "staging", AliasMove(version=1))
    assert version_digest(registry.version(version.id)) == version_digest(version)
    assert version_digest(version.model_copy(update={"tags": {"a": "1"}})) != version_digest(version)


def test_digest_of_an_experiment_depends_on_each_metric(registry, model):
    experiment = registry.experiment(pushed(registry, model.id, 1).experiment_id)
    other = experiment.model_copy(update={"evaluations": {"overall": {"auc": 0.9000000001, "log_loss": 0.3}}})
    assert experiment_digest(experiment) != experiment_digest(other)
    assert experiment_digest(experiment.model_copy(update={"archived": experiment.created})) == experiment_digest(
        experiment
    )
