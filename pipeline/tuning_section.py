"""The section `[tuning]` of `pipeline.toml`, and which families can be tuned or started from earlier weights."""

from typing import Literal

from pydantic import Field

from pipeline.data_section import Section, WrongValue

# The families that have a space of settings to search, and weights that another fit can start from.
TUNED = WARM = ("neural",)


class Tuning(Section):
    """`[tuning]`: the search for the model's settings, before it is trained with the best of them."""

    algorithm: Literal["random", "hyperband", "bayesian"] = Field(
        "random", description="how the next settings to try are chosen"
    )
    trials: int = Field(20, ge=2, description="most settings that are tried")


def check_family(family: str, *, tuned: bool, warm: bool) -> None:
    """Refuse what a family cannot do.

    Raises:
        WrongValue: It has nothing to tune, or no weights to start from.
    """
    if tuned and family not in TUNED:
        raise WrongValue(
            f"no [tuning] beside the family {family}: {' and '.join(TUNED)} can be tuned", "both", "tuning"
        )
    if warm and family not in WARM:
        expected = f"false with the family {family}: {' and '.join(WARM)} can start from earlier weights"
        raise WrongValue(expected, "true", "model.warm_start")
