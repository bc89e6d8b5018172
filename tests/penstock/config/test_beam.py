"""The section `[beam]`: which settings go together, and the flags that follow from them."""

import pytest

from penstock.config.beam import flag_of
from penstock.core.errors import ConfigError
from tests.metadata_store import configuration

ENDPOINT = 'beam.options=["--job_endpoint=localhost:8099"]'
FLINK = ("beam.runner=flink", ENDPOINT)
POOL = ("beam.environment=external", "beam.workers=pool:50000")
NO_DATAFLOW = (
    "expected 'local', 'flink' or 'spark', and for Google Cloud 'local' with `penstock compile --target vertex`: "
    "Dataflow's workers have neither the files of the source nor state.directory, received "
)


def beam(tmp_path, *settings):
    return configuration(tmp_path, *settings).beam


@pytest.mark.parametrize("runner", ["flink", "spark"])
def test_cluster_runs_python_in_the_process_of_the_run_unless_a_pool_is_named(tmp_path, runner):
    loopback = beam(tmp_path, f"beam.runner={runner}", ENDPOINT)
    assert loopback.flags == ("--runner=PortableRunner", "--environment_type=LOOPBACK", "--job_server_timeout=120")
    external = beam(tmp_path, f"beam.runner={runner}", ENDPOINT, *POOL, "beam.timeout=7")
    assert external.flags == (
        "--runner=PortableRunner",
        "--environment_type=EXTERNAL",
        "--environment_config=pool:50000",
        "--environment_cache_millis=30000",
        "--job_server_timeout=7",
    )
    assert loopback.job_endpoint == external.job_endpoint == "localhost:8099"


def test_without_a_cluster_there_are_no_flags_and_no_job_server(tmp_path):
    local = beam(tmp_path, 'beam.options=["--job_endpoint=localhost:8099"]')
    assert (local.flags, local.job_endpoint) == ((), None)


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ((), None),
        (("--name=a",), "a"),
        (("--name", "a", "--other=b"), "a"),
        (("--name=a", "--name=b"), "b"),
        (("--names=a", "name=b"), None),
        (("--name=a=b",), "a=b"),
        (("--name",), None),
    ],
)
def test_value_of_a_flag_is_the_last_one_in_either_form(options, value):
    assert flag_of(options, "name") == value


@pytest.mark.parametrize(
    ("settings", "key", "sentence"),
    [
        (("beam.runner=dataflow",), "beam.runner", f"{NO_DATAFLOW}'dataflow'"),
        (("beam.runner=DataflowRunner",), "beam.runner", f"{NO_DATAFLOW}'DataflowRunner'"),
        (('beam.options=["--runner=DataflowRunner"]',), "beam.options", f"{NO_DATAFLOW}'DataflowRunner'"),
        (('beam.options=["--runner", "dataflow"]',), "beam.options", f"{NO_DATAFLOW}'dataflow'"),
        (("beam.runner=samza",), "beam.runner", "expected 'local', 'flink' or 'spark', received 'samza'"),
        (
            ("beam.runner=flink",),
            "beam.options",
            "expected `--job_endpoint=HOST:PORT` of Beam's job server, received none",
        ),
        (
            ("beam.runner=spark", 'beam.options=["--job_endpoint=http://here"]'),
            "beam.options",
            "expected `--job_endpoint=HOST:PORT` of Beam's job server, received 'http://here'",
        ),
        (
            (*FLINK, "beam.environment=external"),
            "beam",
            'expected `workers` with environment = "external", received none',
        ),
        (
            (*FLINK, "beam.workers=pool:50000"),
            "beam",
            'expected environment = "external" with `workers`, received "loopback"',
        ),
        (POOL, "beam", 'expected runner = "flink" or "spark" with environment = "external", received \'local\''),
        (
            (*FLINK, "beam.environment=external", "beam.workers=pool"),
            "beam.workers",
            "expected HOST:PORT, such as `localhost:50000`, received 'pool'",
        ),
        (("beam.timeout=0",), "beam.timeout", "expected a number of at least 1, received 0"),
        (
            ('beam.options=["job_endpoint=localhost:8099"]',),
            "beam.options",
            "expected flags that begin with `--`, received 'job_endpoint=localhost:8099'",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_when_they_are_read(tmp_path, settings, key, sentence):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, *settings)
    assert str(refused.value).split("pipeline.toml: ")[1] == f"{key}: {sentence}; see docs/configuration.md."
