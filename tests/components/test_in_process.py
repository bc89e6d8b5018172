"""Which Beam arguments leave the work to this process."""

import pytest

from components.in_process import in_process

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], True),
        (["--temp_location=/t"], True),
        (["--job_endpoint=localhost:8099", "--parallelism=2"], True),
        (["--runner_of_something=x"], True),
        (["--temp_location=--runner=x"], True),
        (["--runner=DirectRunner"], False),
        (["--runner=PortableRunner", "--environment_type=LOOPBACK"], False),
        (["--temp_location=/t", "--runner=DataflowRunner"], False),
        # Beam takes a flag and its value as two words as well.
        (["--runner", "FlinkRunner"], False),
    ],
)
def test_process_does_the_work_unless_a_runner_is_named(arguments, expected):
    assert in_process(arguments) is expected
