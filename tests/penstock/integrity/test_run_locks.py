"""The lock of each run, which the system releases."""

import pytest

from penstock.core.errors import StoreError
from penstock.integrity.run_locks import claim_name, hold_lock, remove_lock, run_state, share_lock
from tests.metadata_store import configuration
from tests.other_process import claimed_by_other_process

RUN = "20260101-000001"


@pytest.mark.slow
def test_run_of_another_process_lives_until_that_ends(config):
    with claimed_by_other_process(config, RUN):
        assert run_state(config, RUN) == "alive"
    assert run_state(config, RUN) == "dead"
    remove_lock(config, RUN)
    assert run_state(config, RUN) == "unknown"


@pytest.mark.slow
def test_two_runs_that_start_within_a_second_get_two_names(config, tmp_path):
    other = configuration(tmp_path, "name=other", "state.directory=other", f"metadata.uri={config.store_uri}")
    with claimed_by_other_process(config, RUN):
        name = claim_name(other, RUN)
        assert name == f"{RUN}-2"
        with hold_lock(other, name):
            assert run_state(config, name) == "alive"
        assert run_state(config, name) == "unknown"


def test_run_holds_its_name_and_leaves_nothing(config):
    with hold_lock(config, RUN):
        assert run_state(config, RUN) == "alive"
        with share_lock(config, RUN):
            pass
        assert run_state(config, RUN) == "alive"
    assert list(config.metadata_file.with_name("metadata.sqlite.runs").iterdir()) == []


@pytest.mark.slow
def test_run_under_the_name_of_another_is_refused(config):
    refusal = f"run {RUN}: expected a name of its own, received that of another run; start it once more"
    with claimed_by_other_process(config, RUN), pytest.raises(StoreError, match=refusal), hold_lock(config, RUN):
        pass


@pytest.mark.slow
def test_worker_keeps_a_run_alive_whose_first_process_was_killed(config):
    with claimed_by_other_process(config, RUN):
        worker = share_lock(config, RUN)
        worker.__enter__()
    assert run_state(config, RUN) == "alive"
    worker.__exit__(None, None, None)
    assert run_state(config, RUN) == "dead"


def test_run_without_a_lock_is_dead_only_where_it_was_started_here(config):
    assert run_state(config, RUN) == "unknown"
    config.logs.mkdir(parents=True)
    (config.logs / f"{RUN}.log").touch()
    assert run_state(config, RUN) == "dead"


def test_run_in_a_store_on_a_server_is_unknown_outside_of_its_state_folder(tmp_path):
    server = "metadata.uri=mysql://me@host/taxi"
    ours = configuration(tmp_path, server)
    theirs = configuration(tmp_path, server, "state.directory=other")
    with hold_lock(ours, RUN):
        assert (run_state(ours, RUN), run_state(theirs, RUN)) == ("alive", "unknown")


def test_folder_that_cannot_be_written_is_one_sentence(config):
    config.state_folder.mkdir()
    config.metadata_file.with_name("metadata.sqlite.runs").touch()
    with pytest.raises(StoreError, match=r"locks of runs in .*: expected a folder that can be written, received"):
        claim_name(config, RUN)
