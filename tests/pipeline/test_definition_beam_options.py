"""Beam's flags from the configuration."""

import pytest

from pipeline.definition import beam_arguments
from tests.metadata_store import configuration

pytestmark = pytest.mark.slow

LOCAL: list[str] = []
IN_MEMORY = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ((), LOCAL),
        (('beam.options=["--temp_location=/t"]',), [*LOCAL, "--temp_location=/t"]),
        (
            ("beam.runner=flink", 'beam.options=["--job_endpoint=localhost:8099"]'),
            [
                "--runner=PortableRunner",
                "--environment_type=LOOPBACK",
                "--job_server_timeout=120",
                "--job_endpoint=localhost:8099",
            ],
        ),
        (
            ('beam.options=["--runner=DirectRunner", "--x=DirectRunner"]',),
            [f"--runner={IN_MEMORY}", "--x=DirectRunner"],
        ),
    ],
)
def test_flags_of_the_runner_come_before_further_options(tmp_path, settings, arguments):
    assert beam_arguments(configuration(tmp_path, *settings)) == arguments
