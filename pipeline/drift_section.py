"""The section `[drift]` of `pipeline.toml`."""

from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.data_section import Section

Distance = Annotated[float, Field(ge=0, le=1)]


class _Distances(Section):
    categories: Distance = Field(0.1, description="greatest L-infinity distance of a category")
    numbers: Distance = Field(0.2, description="greatest Jensen-Shannon divergence of any other column")
    columns: dict[str, Distance] = Field(
        default_factory=dict, description="`column = threshold`, where a column differs from the two"
    )

    @property
    def thresholds(self) -> dict[str, Any]:
        """The thresholds as plain data: `categories`, `numbers` and `columns`."""
        return self.model_dump(include={"categories", "numbers", "columns"})


class Skew(_Distances):
    """`[drift.skew]`: how far the rows of `eval` may be from those of `train`."""


class Drift(_Distances):
    """`[drift]`: how far training data may be from that of the last pushed model."""

    fail_on: Literal["drift", "skew", "any", "never"] = Field(
        "never", description="fail the run of drift, of skew, of either (`any`), or tell them only"
    )
    skew: Skew = Skew()
