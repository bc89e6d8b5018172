"""The section `[data]` of `pipeline.toml`, the URLs that `data.source` accepts, and the base class of all sections."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from penstock.core.errors import ConfigError
from penstock.core.places import REMOTE, is_remote_place
from penstock.core.text import did_you_mean
from penstock.core.urls import SCHEMES, is_remote, mask_password, scheme_of, server_url, split_table
from penstock.tables.input import Input
from penstock.tables.splits import (
    NAMES,
    SMALLEST_RATIO,
    Splits,
    by_column,
    by_hash,
    by_time,
    is_below_one_bucket,
    is_split_name,
)
from penstock.tables.values.conversion import FORMATS, is_format

# user:password@host:port/database?settings
_ESCAPED = "USER@HOST/DATABASE, with %40, %3A, %2F and %3F for @, :, / and ? in a password"
_FORMS = {
    "sqlite": "sqlite:///FILE",
    "postgresql": f"postgresql://{_ESCAPED}",
    "mysql": f"mysql://{_ESCAPED}",
    "bigquery": "bigquery://PROJECT/DATASET.TABLE, or less of it",
}
_VARIABLE = r"\$\{(\w+)\}"


class WrongValue(ValueError):
    """A value that is wrong by itself or together with others.

    Attributes:
        expected: What is right.
        received: The value.
        key: The key, relative to the section whose validator raises the error.
    """

    def __init__(self, expected: str, received: str, key: str = "") -> None:
        super().__init__(expected, received, key)
        self.expected, self.received, self.key = expected, received, key


def _of_this_machine(folder: str) -> str:
    if "://" in folder:
        raise WrongValue("a folder of this machine, mounted if it is elsewhere", repr(folder))
    return folder


def _known_place(folder: str) -> str:
    if "://" in folder and not is_remote_place(folder):
        known = ", ".join(f"{scheme}://" for scheme in REMOTE)
        raise WrongValue(f"a path, or a URI that begins with one of {known}", repr(mask_password(folder)))
    return folder


# Without this check a bucket's URL would become a local folder of that name.
Folder = Annotated[str, AfterValidator(_of_this_machine)]
# A folder that the nodes of a compiled pipeline may also have in a bucket.
Place = Annotated[str, AfterValidator(_known_place)]


class Section(BaseModel):
    """A frozen table of the configuration; unknown keys, empty text, and infinite or NaN numbers are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, str_min_length=1)


class Split(Section):
    """`[data.split]`: which rows train, which evaluate, and which are in further splits."""

    eval: float = Field(0.33, gt=0, lt=1, description="share of the rows that evaluate; the rest trains")
    ratios: dict[str, Annotated[float, Field(gt=0, lt=1)]] | None = Field(
        None, description="`split = share`, in place of `eval`, for any number of splits"
    )
    key: str | None = Field(None, description="column whose hash decides the split; by default the features of a row")
    column: str | None = Field(None, description="column whose values name the split")
    time: str | None = Field(None, description="column by whose order the rows are split, the oldest first")

    @model_validator(mode="after")
    def _decided_once(self) -> "Split":
        given = [name for name in ("key", "column", "time") if getattr(self, name) is not None]
        if len(given) > 1:
            raise WrongValue("one of key, column and time", " and ".join(given))
        if self.ratios is not None:
            _check_ratios(self.ratios)
        for name, share in self._shares.items():
            if is_below_one_bucket(share):
                key = "eval" if self.ratios is None else "ratios"
                raise WrongValue(f"a share of at least {SMALLEST_RATIO} for each split", f"{share:.3g} for {name}", key)
        return self

    @property
    def _shares(self) -> dict[str, float]:
        return self.ratios or {"train": 1 - self.eval, "eval": self.eval}

    @property
    def splits(self) -> Splits:
        """The splits, for the tables."""
        ratios = self._shares
        if self.column:
            return by_column(self.column)
        return by_time(ratios, self.time) if self.time else by_hash(ratios, self.key)


def _check_ratios(ratios: dict[str, float]) -> None:
    missing = [name for name in ("train", "eval") if name not in ratios]
    if missing:
        raise WrongValue("train and eval among the splits", ", ".join(ratios) or "none", "ratios")
    invalid = [name for name in ratios if not is_split_name(name)]
    if invalid:
        raise WrongValue(NAMES, repr(invalid[0]), "ratios")
    if abs(sum(ratios.values()) - 1) > 1e-6:
        raise WrongValue("shares that add up to 1", f"{sum(ratios.values()):g}", "ratios")


class Data(Section):
    """`[data]`: where the rows come from and what is predicted."""

    source: str = Field(description="CSV, TSV or Parquet: a file, a folder or a glob; or the URL of a database")
    query: str | None = Field(None, description="SQL over the source, which is called `source`")
    table: str | None = Field(None, description="table or view of a database")
    delimiter: str | None = Field(None, description="what separates the values of a delimited file")
    quarantine: Folder | None = Field(None, description="folder for malformed rows of delimited files")
    formats: dict[str, str] = Field(
        default_factory=dict, description="`column = format`, if the values alone do not show their format"
    )
    missing: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="`column = [texts]` that stand for no value, next to the usual marks"
    )
    partitions: bool = Field(False, description="whether the files are in folders `key=value`, which become columns")
    label: str = Field(description="the column to predict")
    label_order: tuple[str, ...] | None = Field(
        None, description='classes of an ordinal label, the lowest first, with `task = "multiclass"`'
    )
    weight: str | None = Field(None, description="column with the weight of each row: a number above zero")
    reader: Literal["table", "csv"] = Field(
        "table", description="what reads the rows: `table`, or TFX's own `csv` to compare with"
    )
    split: Split = Split()

    @field_validator("source")
    @classmethod
    def _known_url(cls, source: str) -> str:
        if fault := source_error(source):
            raise WrongValue(*fault)
        return source

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str | None) -> str | None:
        if delimiter is None or re.fullmatch(r'[^"\r\n\0\x80-\U0010ffff]', delimiter):
            return delimiter
        raise WrongValue("one ASCII character, not a quote or a line end", repr(delimiter))

    @field_validator("formats")
    @classmethod
    def _known_formats(cls, formats: dict[str, str]) -> dict[str, str]:
        for name, form in formats.items():
            if not is_format(form):
                raise WrongValue(FORMATS, repr(form), name)
        return formats

    @field_validator("label_order", mode="before")
    @classmethod
    def _whole_numbers_as_text(cls, order: Any) -> Any:
        if not isinstance(order, list | tuple):
            return order
        return [str(value) if isinstance(value, int) and not isinstance(value, bool) else value for value in order]

    @field_validator("label_order")
    @classmethod
    def _different_classes(cls, order: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if order is not None and len(order) < 3:
            raise WrongValue("three classes or more; two have no order", f"{len(order)}")
        if order is not None and len(set(order)) < len(order):
            raise WrongValue("each class once", repr(next(value for value in order if order.count(value) > 1)))
        return order

    @model_validator(mode="after")
    def _read_in_one_way(self) -> "Data":
        if not is_remote(self.source):
            if self.table is not None:
                raise WrongValue("no table with a source of files", repr(self.table), "table")
            return self
        for key in ("delimiter", "quarantine"):
            if getattr(self, key) is not None:
                raise WrongValue("none with a database", repr(getattr(self, key)), key)
        if self.partitions:
            raise WrongValue("none with a database", "true", "partitions")
        named = {"table": self.table, "query": self.query, "a table in source": split_table(self.source)[1]}
        given = [key for key, value in named.items() if value is not None]
        if len(given) != 1:
            raise WrongValue("a table or a query of the database", " and ".join(given) or "neither")
        if self.query is not None and (word := not_a_select(self.query)) is not None:
            raise WrongValue("one SELECT", word or "no statement", "query")
        return self

    @model_validator(mode="after")
    def _within_csv(self) -> "Data":
        if self.reader == "csv":
            unsupported = [name for name in ("query", "delimiter", "quarantine") if getattr(self, name) is not None]
            unsupported += [name for name in ("formats", "missing", "partitions") if getattr(self, name)]
            unsupported += [f"split.{name}" for name in ("column", "time") if getattr(self.split, name) is not None]
            if unsupported:
                raise WrongValue(f'no {unsupported[0]} with reader = "csv"', "both", unsupported[0])
            if "://" in self.source or Path(self.source).suffix.lower() not in ("", ".csv"):
                raise WrongValue('CSV, not compressed, for reader = "csv"', repr(self.source), "source")
        return self

    def input(self, place: Callable[[str], str], source: str) -> Input:
        """Return the source of the rows, for the tables.

        Args:
            place: The function that makes a path absolute.
            source: The source with its variables replaced.
        """
        if not is_remote(source):
            quarantine = None if self.quarantine is None else place(self.quarantine)
            return Input(
                place(source),
                self.query,
                self.delimiter,
                quarantine,
                **self._read_as,
                partitions=self.partitions or None,
            )
        file = source.removeprefix("sqlite:///")
        source, table = split_table(source if file == source else f"sqlite:///{place(file)}")
        return Input(source, self.query, table=self.table or table, **self._read_as)

    @property
    def _read_as(self) -> dict[str, Any]:
        return {"formats": self.formats or None, "missing": self.missing or None}


def source_error(source: str, *, variables: bool = True) -> tuple[str, str] | None:
    """Return what is expected of a source and what was received; None if it is a path or a valid URL.

    Args:
        source: The source.
        variables: Whether `${NAME}` in it is a variable, whose value is assumed to be valid.
    """
    scheme = scheme_of(source)
    if not scheme or is_remote_place(source):
        return None
    # Only the scheme of a URL is repeated, because the rest may contain a password.
    if scheme not in SCHEMES:
        schemes = (*SCHEMES, *REMOTE)
        known = ", ".join(f"{each}://" for each in schemes)
        return f"a path, or a URL that begins with one of {known}", f"{scheme}://{did_you_mean(scheme, schemes)}"
    if _has_form(scheme, re.sub(_VARIABLE, "1", source) if variables else source):
        return None
    return _FORMS[scheme], f"a URL of another form that begins with {scheme}://"


def _has_form(scheme: str, url: str) -> bool:
    if scheme == "sqlite":
        return re.fullmatch(r"sqlite:///.+", url) is not None
    if scheme == "bigquery":
        return re.fullmatch(r"bigquery://[^/@?]*(/[^/@?]+)?", url) is not None
    try:
        server_url(url)
    except ValueError:
        return False
    return True


def fill_variables(source: str, environment: Mapping[str, str], key: str = "data.source") -> str:
    """Return the URL of a database with each `${NAME}` replaced by its value in the environment; a path is unchanged.

    Args:
        source: The source.
        environment: The environment.
        key: The key or option with the source, for the error.

    Raises:
        ConfigError: The environment has no such variable.
    """
    if not is_remote(source):
        return source

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in environment:
            expected = f"the environment variable {name}"
            raise ConfigError(key, expected, "none of that name", f"set {name}, or write its value")
        return environment[name]

    before, at, after = source.rpartition("@")
    # A password is not escaped in the environment, and is escaped here.
    before = re.sub(_VARIABLE, lambda found: quote(value(found), safe=""), before)
    return before + at + re.sub(_VARIABLE, value, after)


def not_a_select(query: str) -> str | None:
    """Return the first word of a statement that is no query; None if it may be one.

    The error appears before a connection is made; a read-only transaction makes sure that nothing is written.
    """
    skipped = r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
    found = re.match(rf"{skipped}(\w*)", query, re.DOTALL)
    word = found[1].upper() if found else ""
    return None if word in ("SELECT", "WITH", "VALUES", "TABLE", "FROM") else word
