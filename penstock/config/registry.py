"""The section `[registry]` of `pipeline.toml`: the model registry in which runs and versions are recorded."""

import re
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from penstock.config.data import Section, WrongValue, source_error
from penstock.core.urls import mask_password

_KINDS = "sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME or https://HOST"
# As in the registry, which is not imported here.
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]


class Registry(Section):
    """`[registry]`: where experiments, versions and aliases are recorded."""

    record: bool = Field(True, description="whether runs are recorded")
    uri: str | None = Field(
        None, description="`sqlite:///FILE`, `postgresql://USER:PASSWORD@HOST/NAME`, or `https://HOST` of a server"
    )
    token: SecretStr | None = Field(None, description="token for a server; set it as `PENSTOCK_REGISTRY__TOKEN`")
    project: _Name | None = Field(None, description="project of the model; by default the pipeline's name")
    model: _Name | None = Field(None, description="name of the model; by default the pipeline's name")
    promote: Literal["never", "blessed"] = Field(
        "never", description="whether a blessed version gets the alias `default` by itself"
    )
    keep_rows: bool = Field(False, description="whether the rows of each experiment are kept, as Parquet")

    @field_validator("uri")
    @classmethod
    def _known_kind(cls, uri: str | None) -> str | None:
        if uri is None:
            return uri
        if not re.match(r"(sqlite:///|postgresql://|https?://).", uri):
            raise WrongValue(_KINDS, repr(mask_password(uri)))
        if not uri.startswith("http") and (fault := source_error(uri, variables=False)):
            raise WrongValue(*fault)
        return uri
