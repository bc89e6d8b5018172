"""Beam's flags for the components, from the configuration."""

from pipeline.config import Config

_RUNNERS = {
    # The multi-process mode of the in-memory runner has lost rows; one worker in this process has not.
    "local": ("--direct_running_mode=in_memory", "--direct_num_workers=1"),
    "flink": ("--runner=PortableRunner", "--environment_type=LOOPBACK"),
    "dataflow": ("--runner=DataflowRunner",),
}


def beam_arguments(config: Config) -> list[str]:
    """Return the flags of the configured runner, then those of `beam.options`."""
    return [*_RUNNERS[config.beam.runner], *config.beam.options]
