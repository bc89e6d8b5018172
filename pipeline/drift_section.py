"""The section `[drift]` of `pipeline.toml`."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.data_section import Section

Distance = Annotated[float, Field(ge=0, le=1)]


class Drift(Section):
    """`[drift]`: how far training data may be from that of the last pushed model."""

    fail_on: Literal["drift", "never"] = Field("never", description="fail the run of drift, or tell it only")
    categories: Distance = Field(0.1, description="greatest L-infinity distance of a category")
    numbers: Distance = Field(0.2, description="greatest Jensen-Shannon divergence of any other column")
    columns: dict[str, Distance] = Field(
        default_factory=dict, description="`column = threshold`, where a column differs from the two"
    )
