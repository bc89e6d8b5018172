"""The section `[data]` of `pipeline.toml`, and what all sections share."""

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator


class WrongValue(ValueError):
    """A value that is wrong beside the others; `key` says where below the section that finds it."""

    def __init__(self, expected: str, received: str, key: str = "") -> None:
        super().__init__(expected, received, key)
        self.expected, self.received, self.key = expected, received, key


class Section(BaseModel):
    """A table of the configuration: frozen, and closed to unknown keys, empty text and numbers that are none."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, str_min_length=1)


class Split(Section):
    """`[data.split]`: which rows train and which evaluate."""

    eval: float = Field(0.33, gt=0, lt=1, description="share of the rows that evaluate; the rest trains")
    key: str | None = Field(None, description="column whose hash decides the split; by default the whole row")


class Data(Section):
    """`[data]`: where the rows come from and what is predicted."""

    source: str = Field(description="CSV, TSV or Parquet: a file, a folder or a glob")
    query: str | None = Field(None, description="SQL over the source, which is called `source`")
    delimiter: str | None = Field(None, description="what separates the values of a delimited file")
    label: str = Field(description="the column to predict")
    split: Split = Split()

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str | None) -> str | None:
        if delimiter is None or re.fullmatch(r'[^"\r\n\0\x80-\U0010ffff]', delimiter):
            return delimiter
        raise WrongValue("one ASCII character, not a quote or a line end", repr(delimiter))
