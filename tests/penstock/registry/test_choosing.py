"""The version to load: numbers need no registry, and recorded digests are checked."""

import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.registry.choosing import choose
from penstock.registry.errors import NotFound
from penstock.registry.opening import open_registry
from pipeline.recording import record_afterwards
from tests.kept_run import KeptRun, swap_bytes
from tests.metadata_store import configuration


@pytest.fixture
def config(tmp_path):
    return configuration(tmp_path)


def test_number_needs_no_registry_and_makes_none(config, tmp_path):
    for text, number in ((None, None), ("7", 7), ("007", 7)):
        chosen = choose(config, text)
        assert chosen.number == number
        chosen.check(7, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


def test_alias_without_a_registry_is_refused(config):
    with pytest.raises(ConfigError, match="--version staging: expected a number, because there is no registry yet"):
        choose(config, "staging")


def test_registry_that_cannot_be_used_stops_an_alias_and_no_number(tmp_path):
    config = configuration(tmp_path, "registry.uri=sqlite:///pipeline.toml")
    choose(config, "1").check(1, tmp_path)
    with pytest.raises(Exception, match="registry .*pipeline.toml: expected a database"):
        choose(config, "default")


def test_alias_and_name_lead_to_the_number(config):
    KeptRun(config, number=3)
    record_afterwards(config, "20260101-000001")
    assert [choose(config, text).number for text in ("default", "taxi_nogit_1", "20260101-000001")] == [3, 3, 3]
    with pytest.raises(NotFound, match="did you mean 'default'"):
        choose(config, "defalt")


def test_files_that_differ_from_the_recorded_digest_are_refused(config):
    run = KeptRun(config)
    record_afterwards(config, "20260101-000001")
    choose(config, "1").check(1, run.version)
    (run.version / "assets.extra" / "tf_serving_warmup_requests").write_text("x")
    choose(config, "1").check(1, run.version)
    choose(config, "1").check(2, run.version)  # the registry does not have it
    swap_bytes(run.version / "saved_model.pb", keep_time=True)
    with pytest.raises(DataError, match="expected the files that the registry has recorded for it, .* other files"):
        choose(config, "1").check(1, run.version)


def test_registry_without_the_model_checks_nothing(config, tmp_path):
    open_registry(config).close()
    choose(config, None).check(1, tmp_path)
