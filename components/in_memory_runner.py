"""Beam's in-memory runner, which runs a node's pipeline on this machine."""

from collections.abc import Sequence

# Beam's in-memory runner. On TFX 1.16 (Beam 2.62), `DirectRunner` is another name for it. On TFX 1.21 (Beam 2.77),
# `DirectRunner` is Prism first, a program that Beam downloads from GitHub, and this one if Prism does not start.
IN_MEMORY_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def in_memory_arguments(arguments: Sequence[str]) -> list[str]:
    """Return Beam's arguments with the name of its in-memory runner in place of `DirectRunner`."""
    own = {"--runner=DirectRunner": f"--runner={IN_MEMORY_RUNNER}"}
    return [own.get(argument, argument) for argument in arguments]


def runs_here(arguments: Sequence[str]) -> bool:
    """Say whether Beam's arguments name its in-memory runner, or none."""
    runners = [argument for argument in arguments if argument.partition("=")[0] == "--runner"]
    return set(runners) <= {f"--runner={IN_MEMORY_RUNNER}"}


def use_in_memory_runner() -> None:
    """Let Beam run pipelines without arguments, such as that of TFX's BeamDagRunner, by its in-memory runner."""
    from apache_beam.options.pipeline_options import StandardOptions

    StandardOptions.DEFAULT_RUNNER = IN_MEMORY_RUNNER
