"""The section `[dashboard]` of `pipeline.toml`: what the dashboard shows in addition to its own pipeline."""

from pydantic import Field

from penstock.config.data import Section


class Another(Section):
    """One `[[dashboard.pipelines]]`: a pipeline in another folder."""

    config: str = Field(min_length=1, description="its configuration file, relative to this one")


class Dashboard(Section):
    """`[dashboard]`: the pages over runs, data, models and lineage."""

    pipelines: tuple[Another, ...] = Field((), description="further pipelines that the dashboard shows")
