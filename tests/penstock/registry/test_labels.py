"""The aliases of the configured model as labels of a prediction server."""

from penstock.registry.documents import AliasMove
from penstock.registry.labels import SECONDS, labels_of, watched
from penstock.registry.opening import open_registry
from pipeline.recording import record_afterwards
from tests.kept_run import KeptRun
from tests.metadata_store import configuration


def test_labels_are_the_versions_of_the_aliases(tmp_path):
    config = configuration(tmp_path)
    assert labels_of(config) == {}
    KeptRun(config, number=3)
    record_afterwards(config, "20260101-000001")
    assert labels_of(config) == {"default": 3}


def test_labels_are_read_again_after_some_seconds(tmp_path):
    config, now = configuration(tmp_path), [0.0]
    KeptRun(config, number=3)
    record_afterwards(config, "20260101-000001")
    labels = watched(config, lambda: now[0])
    assert labels() == {"default": 3}
    with open_registry(config) as registry:
        model = registry.model_named(config.project_name, config.model_name)
        registry.move_alias(model.id, "stable", AliasMove(version=3, why="a test"))
    assert labels() == {"default": 3}
    now[0] = SECONDS
    assert labels() == {"default": 3, "stable": 3}
