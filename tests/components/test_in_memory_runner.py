"""The runner that is chosen, and what counts as a run on this machine."""

import pytest

from components.in_memory_runner import IN_MEMORY_RUNNER, in_memory_arguments, runs_here, use_in_memory_runner

OWN = f"--runner={IN_MEMORY_RUNNER}"


def test_direct_runner_is_the_in_memory_runner():
    given = ["--runner=DirectRunner", "--direct_num_workers=2", "--runner=FlinkRunner"]
    assert in_memory_arguments(given) == [OWN, "--direct_num_workers=2", "--runner=FlinkRunner"]


@pytest.mark.parametrize(
    ("arguments", "here"),
    [
        ([], True),
        (["--direct_num_workers=2"], True),
        ([OWN, "--runner_of=x"], True),
        (["--runner=FlinkRunner"], False),
        ([OWN, "--runner=SparkRunner"], False),
    ],
)
def test_other_runners_are_elsewhere(arguments, here):
    assert runs_here(arguments) is here


@pytest.mark.slow
def test_beam_downloads_no_prism_for_a_pipeline_without_arguments(monkeypatch):
    import apache_beam as beam
    from apache_beam.options.pipeline_options import StandardOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner
    from apache_beam.runners.portability.prism_runner import PrismRunner

    ran = []
    theirs = FnApiRunner.run_pipeline
    monkeypatch.setattr(PrismRunner, "run_pipeline", lambda *_: ran.append("prism"))
    monkeypatch.setattr(FnApiRunner, "run_pipeline", lambda *given: ran.append("memory") or theirs(*given))
    monkeypatch.setattr(StandardOptions, "DEFAULT_RUNNER", StandardOptions.DEFAULT_RUNNER)
    # Beam reads the command line, which here is pytest's.
    monkeypatch.setattr("sys.argv", ["test"])
    use_in_memory_runner()
    with beam.Pipeline() as pipeline:
        pipeline | beam.Create([1])
    assert ran == ["memory"]


@pytest.mark.slow
def test_in_memory_runner_is_the_name_of_a_runner_of_beam():
    from apache_beam.runners.runner import create_runner

    [argument] = in_memory_arguments(["--runner=DirectRunner"])
    assert type(create_runner(argument.partition("=")[2])).__name__ == "FnApiRunner"
