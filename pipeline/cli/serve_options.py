"""The options of `penstock serve`, and what they mean."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penstock.core.errors import ConfigError
from penstock.core.places import is_remote_place

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.server.models.config import ModelConfig, Policy
    from penstock.server.process.options import Tls

ModelsOption = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME=FOLDER", help="A model; default: the configured one."),
]
HostOption = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")]
RestPortOption = Annotated[
    int, typer.Option("--rest-port", metavar="PORT", min=0, max=65535, help="Port of REST; 0: a free one.")
]
GrpcPortOption = Annotated[
    int, typer.Option("--grpc-port", metavar="PORT", min=0, max=65535, help="Port of gRPC; 0: a free one.")
]
NoGrpcOption = Annotated[bool, typer.Option("--no-grpc", help="Do not serve gRPC.")]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, max=64, metavar="N", help="Number of processes.")]
PolicyOption = Annotated[
    str, typer.Option("--versions", metavar="WHICH", help="latest, latest:N, all, or numbers such as 3,5.")
]
PollOption = Annotated[
    float, typer.Option("--poll", min=0.1, max=86400, metavar="SECONDS", help="Time between looks for new versions.")
]
CertificateOption = Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate, for TLS.")]
KeyOption = Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key.")]
ClientsOption = Annotated[
    Path | None, typer.Option("--tls-clients", metavar="FILE", help="Certificates that sign those of clients.")
]
TokensOption = Annotated[
    Path | None, typer.Option("--tokens", metavar="FILE", help="Tokens or their hashes; each request needs one.")
]
BodyOption = Annotated[int, typer.Option("--max-body", min=1, metavar="BYTES", help="Largest body.")]
BodiesOption = Annotated[
    int, typer.Option("--max-bodies", min=0, metavar="BYTES", help="All bodies at a time of a process; 0: no limit.")
]
ConcurrencyOption = Annotated[
    int, typer.Option("--max-requests", min=0, metavar="N", help="Requests at a time of a process; 0: no limit.")
]
SecondsOption = Annotated[
    float, typer.Option("--timeout", min=0.001, max=86400, metavar="SECONDS", help="Longest time of an answer.")
]
BatchOption = Annotated[
    int, typer.Option("--batch", min=0, metavar="ROWS", help="Most rows of several requests in a call; 0: one each.")
]
WaitOption = Annotated[
    float, typer.Option("--batch-wait", min=0, max=60_000, metavar="MS", help="Longest wait for them, under load.")
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=0, max=1024, metavar="N", help="Threads of an operation; 0: one per core.")
]
PrefixOption = Annotated[str, typer.Option("--prefix", metavar="PATH", help="What comes before each path.")]
CorsOption = Annotated[bool, typer.Option("--cors", help="Let pages of other sites read the answers.")]
MonitoringOption = Annotated[str, typer.Option("--monitoring", metavar="PATH", help="Path of the metrics.")]
ReloadOption = Annotated[bool, typer.Option("--allow-reload", help="Let clients of gRPC replace the models.")]
LogOption = Annotated[
    Literal["json", "none"], typer.Option("--access-log", metavar="FORM", help="json or none: a line per request.")
]

_NAME = re.compile(r"[^\s/:=]{1,128}")
_EXAMPLE = "write for example --model taxi=models/taxi"


def models_of(given: Sequence[str], policy: "Policy") -> list["ModelConfig"]:
    """Return the models that are named on the command line.

    Raises:
        ConfigError: One is not NAME=FOLDER, or two have one name.
    """
    from penstock.server.models.config import ModelConfig

    found: dict[str, ModelConfig] = {}
    for each in given:
        name, equals, folder = each.partition("=")
        if not equals or not folder or not _NAME.fullmatch(name):
            raise ConfigError("--model", "NAME=FOLDER, without spaces, `/` and `:` in NAME", each, _EXAMPLE)
        if name in found:
            raise ConfigError("--model", "each name once", f"{name} twice", "choose another name")
        found[name] = ModelConfig(name, Path(folder), policy)
    return list(found.values())


def configured_model(config: "Config", policy: "Policy") -> "ModelConfig":
    """Return the pipeline's model, with the aliases of its registry as labels."""
    from penstock.registry.labels import watched
    from penstock.server.models.config import ModelConfig

    place = config.push.directory
    folder = Path(place) if is_remote_place(place) else config.path(place)
    return ModelConfig(config.name, folder, policy, watched(config))


def policy_of(text: str) -> "Policy":
    """Return the policy that `--versions` names.

    Raises:
        ConfigError: It names none.
    """
    from penstock.server.models.config import Policy

    if text == "all":
        return Policy(every=True)
    if found := re.fullmatch("latest(?::([1-9][0-9]{0,5}))?", text, re.ASCII):
        return Policy(latest=int(found[1] or 1))
    if re.fullmatch("[0-9]{1,18}(,[0-9]{1,18})*", text, re.ASCII):
        return Policy(specific=tuple(int(each) for each in text.split(",")))
    raise ConfigError("--versions", "latest, latest:N, all, or numbers such as 3,5", text, "correct it")


def tls_of(certificate: Path | None, key: Path | None, clients: Path | None) -> "Tls | None":
    """Return the files for TLS; None if there are none.

    Raises:
        ConfigError: One is missing.
    """
    from penstock.server.process.options import Tls

    if certificate and key:
        return Tls(certificate, key, clients)
    if certificate or key or clients:
        missing = "--tls-cert" if not certificate else "--tls-key"
        raise ConfigError("TLS", "--tls-cert and --tls-key", f"no {missing}", f"add {missing} FILE")
    return None


def check_path(option: str, path: str) -> str:
    """Return a path that begins with a slash; a prefix may be empty.

    Raises:
        ConfigError: It is none.
    """
    if not re.fullmatch(r"(/[!-~]*)?", path) or any(mark in path for mark in "?#%"):
        raise ConfigError(option, "a path that begins with /, without ?, # and %", path, "correct it")
    return path.rstrip("/")
