"""The sections `[kubeflow]` and `[vertex]` of `pipeline.toml`: what a compiled pipeline needs, and where it runs."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from penstock.config.data import Section, WrongValue
from penstock.core.text import did_you_mean

# The key that stands for all nodes in `[kubeflow.resources]` and `[kubeflow.cache]`.
DEFAULT = "default"
# A root that nobody owns, so that the configuration of a pipeline that runs here needs none.
PLACEHOLDER_ROOT = "gs://bucket/penstock"
# Vertex AI's names, as its enumeration AcceleratorType has them. A test compares the two.
ACCELERATORS = (
    "NVIDIA_TESLA_K80",
    "NVIDIA_TESLA_P100",
    "NVIDIA_TESLA_V100",
    "NVIDIA_TESLA_P4",
    "NVIDIA_TESLA_T4",
    "NVIDIA_TESLA_A100",
    "NVIDIA_A100_80GB",
    "NVIDIA_L4",
    "NVIDIA_H100_80GB",
    "NVIDIA_H100_MEGA_80GB",
    "NVIDIA_H200_141GB",
    "NVIDIA_B200",
    "NVIDIA_GB200",
    "NVIDIA_RTX_PRO_6000",
    "TPU_V2",
    "TPU_V3",
    "TPU_V4_POD",
    "TPU_V5_LITEPOD",
)

# What both Kubernetes and KFP's compiler read: Kubernetes does not know K, KFP neither k nor fractions of memory.
_CPU = re.compile(r"(\d+(\.\d+)?|\d+m)", re.ASCII)
_MEMORY = re.compile(r"(\d+)([MGT]i?|Ki)", re.ASCII)
_BYTES = {"Ki": 2**10, "M": 10**6, "Mi": 2**20, "G": 10**9, "Gi": 2**30, "T": 10**12, "Ti": 2**40}
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_RESOURCE = re.compile(rf"{_SUBDOMAIN}/[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?", re.ASCII)
_SECRET = re.compile(rf"{_SUBDOMAIN}/[-._A-Za-z0-9]{{1,253}}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def _known_cpu(cpu: Any) -> str:
    text = str(cpu)
    if isinstance(cpu, bool) or not _CPU.fullmatch(text) or not float(text.rstrip("m")):
        raise WrongValue("cores such as 2, 0.5 or '500m'", repr(cpu))
    return text


def _known_memory(memory: Any) -> str:
    text = str(memory)
    found = _MEMORY.fullmatch(text)
    if not found or not int(found[1]):
        bytes_of = re.fullmatch(r"(\d+) ?([MGT]i?|Ki)B?", text, re.ASCII)
        hint = f" (did you mean {bytes_of[1] + bytes_of[2]!r}?)" if bytes_of and int(bytes_of[1]) else ""
        raise WrongValue(f"a number and one of {', '.join(_BYTES)}, such as '4Gi'", f"{memory!r}{hint}")
    return text


def _known_accelerator(name: str) -> str:
    if not _RESOURCE.fullmatch(name) and name not in ACCELERATORS:
        expected = f"a Kubernetes resource such as 'nvidia.com/gpu', or for Vertex AI one of {', '.join(ACCELERATORS)}"
        raise WrongValue(expected, f"{name!r}{did_you_mean(name.replace('-', '_'), ('nvidia.com/gpu', *ACCELERATORS))}")
    return name


def _known_host(host: str) -> str:
    parts = urlsplit(host)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongValue("an address that begins with http:// or https://", repr(host.rpartition("@")[2]))
    if "@" in parts.netloc:
        raise WrongValue("an address without a user and a password", repr(f"{parts.scheme}://...@{parts.hostname}"))
    return host.rstrip("/")


def _known_secret(secret: Any) -> str:
    if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
        # It may be the secret itself, so that it is not shown.
        raise WrongValue("SECRET/KEY, the name of a Kubernetes secret and of a key in it", "something else, not shown")
    return secret


class Resources(Section):
    """`[kubeflow.resources.NODE]`: what the container of a node gets, and no more."""

    cpu: Annotated[str, BeforeValidator(_known_cpu)] | None = Field(None, description='cores: `2`, `0.5` or `"500m"`')
    memory: Annotated[str, BeforeValidator(_known_memory)] | None = Field(None, description='memory, such as `"4Gi"`')
    accelerator: Annotated[str, AfterValidator(_known_accelerator)] | None = Field(
        None, description='`"nvidia.com/gpu"` for Kubeflow, a name such as `"NVIDIA_L4"` for Vertex AI'
    )
    accelerators: Literal[1, 2, 4, 8, 16] = Field(1, description="number of accelerators, if `accelerator` names one")

    @property
    def cores(self) -> float:
        """The cores as a number; 0 if they are not set."""
        text = self.cpu or "0"
        return float(text[:-1]) / 1000 if text.endswith("m") else float(text)

    @property
    def gigabytes(self) -> float:
        """The memory in units of 10^9 bytes; 0 if it is not set."""
        found = _MEMORY.fullmatch(self.memory or "")
        return float(found[1]) * _BYTES[found[2]] / 10**9 if found else 0.0


class Kubeflow(Section):
    """`[kubeflow]`: what a compiled pipeline needs on the cluster, and where the cluster is."""

    image: str = Field("penstock:latest", description="container image that holds this project and its environment")
    root: str = Field(PLACEHOLDER_ROOT, description="folder for artifacts that every node can reach")
    resources: dict[str, Resources] = Field(
        default_factory=dict, description="`NODE`, or `default` for all nodes: what its container gets"
    )
    retries: int = Field(0, ge=0, le=20, description="how often a node that failed is started again; gates are not")
    retry_wait: int = Field(
        60, ge=0, le=3600, description="seconds before the first retry; each further one waits twice as long"
    )
    cache: dict[str, bool] = Field(
        default_factory=dict, description="`NODE`, or `default` for all nodes: whether its outputs may be reused"
    )
    secrets: dict[str, Annotated[str, BeforeValidator(_known_secret)]] = Field(
        default_factory=dict, description='`VARIABLE = "SECRET/KEY"`: environment variables from Kubernetes secrets'
    )
    host: Annotated[str, AfterValidator(_known_host)] | None = Field(
        None, description="address of the KFP API for `penstock submit`; by default the client looks for it"
    )
    namespace: str | None = Field(None, description="namespace of the runs, if the installation has several users")
    experiment: str | None = Field(
        None, description="experiment of the runs; by default the client's, which is `Default`"
    )
    service_account: str | None = Field(None, description="Kubernetes service account of the runs")

    @model_validator(mode="after")
    def _named_variables(self) -> "Kubeflow":
        for variable in self.secrets:
            if not _VARIABLE.fullmatch(variable):
                raise WrongValue("the name of an environment variable", repr(variable), "secrets")
        return self

    def resources_of(self, node: str) -> Resources:
        """Return what the container of a node gets: its own settings, and the default for those that it has not."""
        default, own = (self.resources.get(name, Resources()) for name in (DEFAULT, node))
        return default.model_copy(update=own.model_dump(exclude_unset=True))

    def may_cache(self, node: str) -> bool:
        """Return whether the configuration allows the outputs of a node to be reused."""
        return self.cache.get(node, self.cache.get(DEFAULT, True))


class Vertex(Section):
    """`[vertex]`: where `penstock submit --target vertex` runs the pipeline."""

    project: str | None = Field(None, description="Google Cloud project; by default that of the credentials")
    region: str = Field("us-central1", pattern=r"^[a-z]+-[a-z]+\d+$", description="region of Vertex AI")
    service_account: str | None = Field(None, description="service account of the runs")
    endpoint: str | None = Field(
        None,
        pattern=r"^[\w.-]+(:\d{1,5})?$",
        description="address of the API as `HOST` or `HOST:PORT`; by default that of the region",
    )
