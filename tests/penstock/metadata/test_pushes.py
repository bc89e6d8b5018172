"""Tests of `penstock.metadata.pushes`."""

import pytest

from penstock.core.errors import ConfigError
from penstock.metadata.pushes import find_push
from penstock.metadata.queries import MetadataRows
from tests.metadata_store import CACHED, StoreBuilder, configuration


def pushed(config, version):
    with MetadataRows(config.store) as rows:
        artifact, execution = find_push(config.store, rows, version)
    return artifact.id, execution.run


@pytest.mark.parametrize(("version", "run"), [("1", "first"), ("2", "second"), ("latest", "second")])
def test_version_leads_to_its_push(config, builder, version, run):
    made = {name: builder.whole_run(name, version=number) for name, number in (("first", 1), ("second", 2))}
    assert pushed(config, version) == (made[run]["pushed_model"], run)


def test_cached_push_leads_to_the_first(config, builder):
    made = builder.whole_run("first", version=1)
    builder.node("second", "Pusher", outputs={"pushed_model": made["pushed_model"]}, state=CACHED)
    assert pushed(config, "1") == (made["pushed_model"], "first")


def test_number_that_was_pushed_again_leads_to_the_last_push(config, builder):
    builder.whole_run("first", version=1)
    made = builder.whole_run("after the folder was emptied", version=1)
    assert pushed(config, "1") == (made["pushed_model"], "after the folder was emptied")


def test_push_into_the_configured_folder_goes_before_one_elsewhere(tmp_path, config, builder):
    made = builder.whole_run("here", version=1)
    StoreBuilder(configuration(tmp_path, "push.directory=elsewhere")).whole_run("there", version=1)
    assert pushed(configuration(tmp_path), "1") == (made["pushed_model"], "here")


def test_pushes_of_another_pipeline_do_not_count(tmp_path, config):
    StoreBuilder(configuration(tmp_path, "name=other")).whole_run("run", version=1)
    with pytest.raises(ConfigError, match="received none of that number"):
        pushed(configuration(tmp_path, "push.directory=own"), "1")


@pytest.mark.parametrize("version", ["3", "v1", "0", "", "../1", "-1"])
def test_unknown_version_is_refused_with_the_known_ones(config, builder, version):
    builder.whole_run("first", version=1)
    builder.whole_run("second", version=2)
    with pytest.raises(ConfigError) as refusal:
        pushed(config, version)
    assert str(refusal.value) == (
        f"version {version}: expected one of 1, 2, received none of that number; list the runs with `penstock runs`."
    )


def test_folder_that_no_run_pushed_is_refused(config, builder):
    builder.whole_run("first", version=1)
    folder = config.path("models/7")
    folder.mkdir()
    with pytest.raises(ConfigError) as refusal:
        pushed(config, "7")
    assert f"received {folder}, which no run in {config.metadata_file} pushed; " in str(refusal.value)


def test_refused_run_pushed_nothing(config, builder):
    builder.whole_run("first", version=None)
    with pytest.raises(ConfigError, match="expected a version that a run pushed, .*; write `penstock run`"):
        pushed(config, "latest")
