"""The section `[dashboard]` of `pipeline.toml`: what the dashboard shows in addition to its own pipeline."""

from pydantic import Field

from penstock.config.data import Section


class Another(Section):
    """One `[[dashboard.pipelines]]`: a pipeline in another folder."""

    config: str = Field(min_length=1, description="its configuration file, relative to this one")


class Dashboard(Section):
    """`[dashboard]`: the pages over runs, data, models and lineage."""

    pipelines: tuple[Another, ...] = Field((), description="further pipelines that the dashboard shows")
    metrics: str = Field(
        "http://127.0.0.1:8501/monitoring/prometheus/metrics",
        pattern=r"^https?://[^\s@]+$",
        description="metrics of the prediction server that the page Traffic shows, without a user and a password",
    )
    requests: str = Field("requests", min_length=1, description="folder of the server's log of requests")
    served_as: str | None = Field(
        None, min_length=1, description="name of the model in the metrics and in the log; by default the pipeline's"
    )
