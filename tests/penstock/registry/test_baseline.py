"""The version that models are compared with."""

import pytest

from penstock.config.config import Baseline
from penstock.core.errors import ConfigError, StoreError
from penstock.registry.baseline import with_baseline
from penstock.registry.documents import AliasMove, VersionBody
from penstock.registry.opening import open_registry
from penstock.versions.record import content_digest, write
from tests.metadata_store import configuration
from tests.registry_rows import body


@pytest.fixture
def config(tmp_path):
    return configuration(tmp_path, "evaluation.baseline=default")


@pytest.fixture
def versions(config):
    """Two recorded versions with their files; the first is the default."""
    with open_registry(config) as registry:
        model = registry.create_model(registry.create_project("taxi").id, "taxi")
        for number in (1, 2):
            folder = config.path(f"models/{number}")
            folder.mkdir(parents=True)
            (folder / "saved_model.pb").write_text(f"model {number}")
            experiment = registry.record_experiment(body(model.id, f"run-{number}"))
            given = {"model_id": model.id, "number": number, "folder": f"models/{number}"}
            registry.record_version(VersionBody(**given, digest=content_digest(folder), experiment_id=experiment.id))
        yield registry, model


def test_baseline_is_the_version_that_default_points_to(config, versions):
    registry, model = versions
    first = with_baseline(config).baseline
    assert first == Baseline(str(config.path("models/1")), content_digest(config.path("models/1")))
    registry.move_alias(model.id, "default", AliasMove(version=2))
    assert with_baseline(config).baseline == Baseline(
        str(config.path("models/2")), content_digest(config.path("models/2"))
    )


def test_registry_without_a_version_has_no_baseline(config):
    assert with_baseline(config).baseline is None


def test_other_baselines_look_nothing_up(tmp_path):
    config = configuration(tmp_path)
    assert with_baseline(config) is config
    assert not config.state_folder.exists()


def test_changed_and_missing_files_are_refused_in_a_sentence(config, versions):
    file = config.path("models/1") / "saved_model.pb"
    file.write_text("other")
    with pytest.raises(ConfigError, match="version 1 of taxi, its default: expected the files that the registry has, "):
        with_baseline(config)
    file.unlink()
    file.parent.rmdir()
    with pytest.raises(ConfigError) as refused:
        with_baseline(config)
    assert str(refused.value) == (
        "evaluation.baseline: version 1 of taxi, its default: expected its files in models/1, received no such folder; "
        "restore it, promote another version, or set evaluation.baseline to latest."
    )


def test_files_that_the_user_added_to_assets_extra_do_not_count(config, versions):
    folder = config.path("models/1")
    before = content_digest(folder)
    write(folder, before)
    (folder / "assets.extra" / "tf_serving_warmup_requests").write_text("requests")
    assert with_baseline(config).baseline == Baseline(str(folder), before)


def test_registry_that_cannot_be_reached_is_refused(tmp_path):
    config = configuration(
        tmp_path, "evaluation.baseline=default", "registry.uri=postgresql://ada:hunter2@127.0.0.1:1/none"
    )
    with pytest.raises(StoreError, match="registry postgresql://ada@"):
        with_baseline(config)
