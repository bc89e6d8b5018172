"""Beam's flags for the components, from the configuration."""

from pipeline.config import Config

_RUNNERS = {
    # No flags at all: Beam's defaults are the in-memory runner with one worker in this process (its multi-process mode
    # has lost rows), and given any flag TFX would pack its own code for remote workers, seconds for each node.
    "local": (),
    "flink": ("--runner=PortableRunner", "--environment_type=LOOPBACK"),
    "dataflow": ("--runner=DataflowRunner",),
}


def beam_arguments(config: Config) -> list[str]:
    """Return the flags of the configured runner, then those of `beam.options`."""
    return [*_RUNNERS[config.beam.runner], *config.beam.options]
