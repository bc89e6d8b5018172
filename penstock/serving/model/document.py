"""The columns of a pushed model: their formats in training, inputs in the signature, and ranges of values."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from penstock.core.errors import ConfigError, DataError
from penstock.tables.values.conversion import TYPED
from penstock.tables.values.interpretation import ColumnFormat, Interpretation
from penstock.versions.record import STATISTICS

FILE = Path("assets.extra") / "columns.json"
VERSION = 1
# A value is far outside the range of training beyond this many widths of it; `init` proposes the same for the schema.
_MARGIN_WIDTHS = 10


@dataclass(frozen=True)
class Input:
    """One column that a model reads.

    Attributes:
        name: The column's name in the table of training, after its query.
        input: Its name in the signature.
        column: The format of its values.
        source: The column of the source; None if the query computes it.
        role: The role of the feature; empty if the model has no document.
        vocabulary: The number of its vocabulary, for a category.
        unseen: The share of values of the evaluation that are not in the training rows.
        low: The least value that the schema allows.
        high: The greatest value that the schema allows.
        sql: The SQL that computes it from columns of a row of the source; None if there is none.
        needs: The columns of the source that it is computed from, with their formats.
    """

    name: str
    input: str
    column: ColumnFormat
    source: str | None = None
    role: str = ""
    vocabulary: int | None = None
    unseen: float | None = None
    low: float | None = None
    high: float | None = None
    sql: str | None = None
    needs: tuple[ColumnFormat, ...] = ()


@dataclass(frozen=True)
class Document:
    """The columns that a model reads, and the columns of the source that it was trained on.

    Attributes:
        inputs: The columns that it reads.
        delimiter: The delimiter of the source, if it is delimited text.
        sources: The columns of the source; empty if the model has no document.
    """

    inputs: tuple[Input, ...]
    delimiter: str | None = None
    sources: frozenset[str] = frozenset()


class _Feature(BaseModel):
    name: str
    role: str
    input: str
    vocabulary: int | None
    unseen: float | None
    low: float | None
    high: float | None


class _Fields(BaseModel):
    version: int
    interpretation: dict[str, Any] | None
    features: list[_Feature]


def load(directory: Path) -> Document | None:
    """Return the document of the model in a folder, None if it has none.

    Raises:
        ConfigError: The document is damaged, or of another version.
    """
    file = directory / FILE
    if not file.is_file():
        return None
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        version = fields.get("version") if isinstance(fields, dict) else None
        if version != VERSION:
            remedy = "use the version of Penstock that pushed the model, or push it again"
            raise ConfigError(str(file), f"version {VERSION} of the document", repr(version), remedy)
        return _document(_Fields(**fields), str(file), _ranges(directory))
    except ValidationError as error:
        first = error.errors()[0]
        received = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
        raise ConfigError(str(file), "how columns are read", received, _REMEDY) from error
    except (ValueError, KeyError, OSError) as error:
        raise ConfigError(str(file), "how columns are read", f"{type(error).__name__}: {error}", _REMEDY) from error
    except DataError as error:
        raise ConfigError(error.what, error.expected, error.received, _REMEDY) from error


_REMEDY = "push the model again with `penstock run`"


def _ranges(directory: Path) -> dict[str, tuple[float, float]]:
    """Return by column the range beyond which a number is far outside the training rows, from their statistics."""
    file = directory / STATISTICS
    if not file.is_file():
        return {}
    from google.protobuf.message import DecodeError
    from tensorflow_metadata.proto.v0 import statistics_pb2  # protocol buffers alone

    try:
        statistics = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    except (DecodeError, OSError) as error:
        raise DataError(str(file), "the statistics of the training rows", str(error), _REMEDY) from error
    ranges = {}
    for feature in statistics.datasets[0].features if statistics.datasets else ():
        numbers = feature.num_stats
        if feature.HasField("num_stats") and numbers.common_stats.num_non_missing:
            margin = _MARGIN_WIDTHS * max(
                numbers.max - numbers.min, 1e-3 * max(abs(numbers.min), abs(numbers.max)), 1e-6
            )
            name = feature.name or ".".join(feature.path.step)
            ranges[name] = (numbers.min - margin, numbers.max + margin)
    return ranges


def _document(fields: _Fields, where: str, ranges: dict[str, tuple[float, float]]) -> Document | None:
    if fields.interpretation is None:
        return None
    known = Interpretation.from_dict(fields.interpretation, where=where)
    results = {result.name: result for result in known.results}
    inputs = []
    for feature in fields.features:
        source = results[feature.name].source
        read = known.column(source) if source is not None else None
        column = read or ColumnFormat(feature.name, TYPED, results[feature.name].type)
        needs = tuple(each for name in results[feature.name].needs if (each := known.column(name)))
        model_input = Input(column=column, source=source, **feature.model_dump())
        if source is None:
            model_input = replace(model_input, sql=results[feature.name].sql, needs=needs)
        has_range = not (model_input.low is model_input.high is None)
        if not has_range and model_input.vocabulary is None and feature.name in ranges:
            model_input = replace(model_input, low=ranges[feature.name][0], high=ranges[feature.name][1])
        inputs.append(model_input)
    return Document(tuple(inputs), known.delimiter, frozenset(column.name for column in known.columns))
