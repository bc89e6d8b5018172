"""The sections `[report]` and `[card]` of `pipeline.toml`: the report of a run, and what a model card says."""

from pydantic import Field

from penstock.config.data import Folder, Section


class Report(Section):
    """`[report]`: the report that is written at the end of each run."""

    write: bool = Field(True, description="whether each run writes its report")
    directory: Folder | None = Field(
        None, description="folder of the reports; by default `reports` in the state folder"
    )
    rows: int = Field(
        1_000, ge=0, le=20_000, description="most rows of `eval` that are permuted; 0: the model is not analysed"
    )
    permutations: int = Field(5, ge=1, le=50, description="how often each column is permuted")


class Ethical(Section):
    """One `[[card.ethical]]`: an ethical consideration."""

    name: str = Field(description="the risk")
    mitigation: str = Field("", min_length=0, description="how it is mitigated")


class Card(Section):
    """`[card]`: what a model card says that no run can know."""

    overview: str | None = Field(None, description="what the model does; by default a sentence from the configuration")
    owner: str | None = Field(None, description="who is responsible for the model")
    contact: str | None = Field(None, description="how to reach the owner")
    licence: str | None = Field(None, description="licence of the model: an SPDX identifier such as `apache-2.0`")
    users: tuple[str, ...] = Field((), description="who is to use it")
    uses: tuple[str, ...] = Field((), description="what it is to be used for")
    limits: tuple[str, ...] = Field((), description="what it cannot do, or must not be used for")
    tradeoffs: tuple[str, ...] = Field((), description="what was given up for what")
    ethical: tuple[Ethical, ...] = Field((), description="ethical considerations")
    references: tuple[str, ...] = Field((), description="addresses of more documentation")
    citation: str | None = Field(None, description="how to cite the model")
    tags: tuple[str, ...] = Field((), description="words to find it by")
