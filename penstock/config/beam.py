"""The section `[beam]` of `pipeline.toml`: the runner, its environment, and the flags that follow from both."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from penstock.config.data import Section, WrongValue

# The runners whose job server takes pipelines of any language.
CLUSTERS = ("flink", "spark")
JOB_ENDPOINT = "job_endpoint"
# How long a worker waits for the next stage of its job. Without it each of some hundred stages would start a process,
# which imports TensorFlow.
_CACHE_SECONDS = 30
_ADDRESS = "HOST:PORT, such as `localhost:{}`"
_WITHOUT_DATAFLOW = (
    "'local', 'flink' or 'spark', and for Google Cloud 'local' with `penstock compile --target vertex`: "
    "Dataflow's workers have neither the files of the source nor state.directory"
)


def _known_runner(runner: Any) -> Any:
    if "dataflow" in str(runner).lower():
        raise WrongValue(_WITHOUT_DATAFLOW, repr(runner))
    return runner


class Beam(Section):
    """`[beam]`: where Beam transforms inside the components run."""

    runner: Annotated[Literal["local", "flink", "spark"], BeforeValidator(_known_runner)] = Field(
        "local", description="Beam runner"
    )
    environment: Literal["loopback", "external"] = Field(
        "loopback", description="where a cluster runs Python: in the process of the run, or in `beam.workers`"
    )
    workers: str | None = Field(
        None, description="`HOST:PORT` of the worker pool, as each machine of the cluster has it"
    )
    timeout: int = Field(120, ge=1, description="seconds that a job server and the first worker may take to answer")
    options: tuple[str, ...] = Field((), description="further Beam flags, such as `--job_endpoint=localhost:8099`")

    @field_validator("workers")
    @classmethod
    def _address(cls, workers: str | None) -> str | None:
        if workers is not None and not _is_address(workers):
            raise WrongValue(_ADDRESS.format(50000), repr(workers))
        return workers

    @field_validator("options")
    @classmethod
    def _known_flags(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        for before, option in zip(("", *options), options, strict=False):
            is_value = before.startswith("--") and "=" not in before
            if not option.startswith("--") and not is_value:
                raise WrongValue("flags that begin with `--`", repr(option))
        if "dataflow" in (flag_of(options, "runner") or "").lower():
            raise WrongValue(_WITHOUT_DATAFLOW, repr(flag_of(options, "runner")))
        return options

    @model_validator(mode="after")
    def _reachable(self) -> "Beam":
        if self.environment == "external" and self.workers is None:
            raise WrongValue('`workers` with environment = "external"', "none")
        if self.environment == "loopback" and self.workers is not None:
            raise WrongValue('environment = "external" with `workers`', '"loopback"')
        if self.runner not in CLUSTERS:
            if self.environment == "external":
                raise WrongValue('runner = "flink" or "spark" with environment = "external"', repr(self.runner))
            return self
        endpoint = flag_of(self.options, JOB_ENDPOINT)
        if endpoint is None or not _is_address(endpoint):
            expected = f"`--{JOB_ENDPOINT}={_ADDRESS.format(8099).partition(',')[0]}` of Beam's job server"
            raise WrongValue(expected, repr(endpoint) if endpoint else "none", "options")
        return self

    @property
    def job_endpoint(self) -> str | None:
        """The address of Beam's job server; None without a cluster."""
        return flag_of(self.options, JOB_ENDPOINT) if self.runner in CLUSTERS else None

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of runner and environment, which come before `options`."""
        if self.runner not in CLUSTERS:
            # Beam's default is the in-memory runner with one worker in this process (its multi-process mode has lost
            # rows), and with any flag TFX packs its own code for remote workers, which takes seconds per node.
            return ()
        environment: tuple[str, ...] = ("--environment_type=LOOPBACK",)
        if self.environment == "external":
            environment = (
                "--environment_type=EXTERNAL",
                f"--environment_config={self.workers}",
                f"--environment_cache_millis={_CACHE_SECONDS}000",
            )
        return ("--runner=PortableRunner", *environment, f"--job_server_timeout={self.timeout}")


def flag_of(options: Sequence[str], name: str) -> str | None:
    """Return the value of a flag, written as `--name=value` or as two elements; None if it is not there."""
    found = None
    for option, following in zip(options, (*options[1:], None), strict=False):
        word, separator, value = option.partition("=")
        if word == f"--{name}":
            found = value if separator else following
    return found


def _is_address(text: str) -> bool:
    return re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+):\d{1,5}", text) is not None
