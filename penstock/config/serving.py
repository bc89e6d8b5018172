"""The section `[serving]` of `pipeline.toml`: what a model must reach behind a prediction server to be pushed."""

from pydantic import Field

from penstock.config.data import Section


class Serving(Section):
    """`[serving]`: the comparison of a prediction server with the model, before the model is pushed."""

    check: bool = Field(True, description="whether a server of the model is compared with the model before the push")
    rows: int = Field(500, ge=1, le=5_000, description="least number of golden rows; all of `eval` if it has fewer")
    tolerance: float = Field(
        1e-5, gt=0, lt=1, description="largest difference of a prediction that passes; relative where it is above 1"
    )
    p99_ms: float | None = Field(
        None, gt=0, description="greatest 99th percentile of the latency of one row, in milliseconds; by default none"
    )
    warm_up: bool = Field(True, description="whether a version has warm-up requests for TensorFlow Serving")
