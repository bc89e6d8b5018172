"""What a pushed model says of its columns: how training read each, as which input the model takes it, what it saw."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, DataError
from tables.conversion import TYPED
from tables.interpretation import ColumnFormat, Interpretation

FILE = Path("assets.extra") / "columns.json"
VERSION = 1
STATISTICS = Path("assets.extra") / "statistics.pb"
# A value so many widths of the range of training beyond it is far outside; `init` proposes the same for the schema.
_SLACK = 10


@dataclass(frozen=True)
class Input:
    """One column that a model reads.

    Attributes:
        name: The column's name in the table of training, after its query.
        input: Its name in the signature.
        column: How its values are read.
        source: The column of the source that it is; None where the query computes it.
        role: What the model uses it as; empty where the model does not say.
        vocabulary: Its number in the file of vocabularies, for a category.
        unseen: The share of values of the evaluation that training did not see.
        low: The least value that the schema allows.
        high: The greatest.
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


@dataclass(frozen=True)
class Document:
    """The columns that a model reads, and the delimiter of the source that it was trained on, if it has one."""

    inputs: tuple[Input, ...]
    delimiter: str | None = None

    @property
    def computed(self) -> list[str]:
        """The columns that the query of the training computes: a file has to bring them so computed."""
        return [each.name for each in self.inputs if each.role and each.source is None]


def load(directory: Path) -> Document | None:
    """Return what the model in a folder says of its columns, None where it says nothing.

    Raises:
        ConfigError: The document is damaged, or of another version.
    """
    file = directory / FILE
    if not file.is_file():
        return None
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        if fields["version"] != VERSION:
            remedy = "use the version of Penstock that pushed the model, or push it again"
            raise ConfigError(str(file), f"version {VERSION} of the document", repr(fields["version"]), remedy)
        return _document(fields, str(file), _ranges(directory))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ConfigError(str(file), "how columns are read", f"{type(error).__name__}: {error}", _REMEDY) from error
    except DataError as error:
        raise ConfigError(error.what, error.expected, error.received, error.next_step) from error


_REMEDY = "push the model again with `penstock run`"


def _ranges(directory: Path) -> dict[str, tuple[float, float]]:
    """Return what is far outside the numbers that training saw, by column, from the statistics of its rows."""
    file = directory / STATISTICS
    if not file.is_file():
        return {}
    from tensorflow_metadata.proto.v0 import statistics_pb2  # protocol buffers alone

    statistics = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    found = {}
    for feature in statistics.datasets[0].features if statistics.datasets else ():
        numbers = feature.num_stats
        if feature.HasField("num_stats") and numbers.common_stats.num_non_missing:
            slack = _SLACK * max(numbers.max - numbers.min, 1e-3 * max(abs(numbers.min), abs(numbers.max)), 1e-6)
            name = feature.name or ".".join(feature.path.step)
            found[name] = (numbers.min - slack, numbers.max + slack)
    return found


def _document(fields: dict[str, Any], where: str, ranges: dict[str, tuple[float, float]]) -> Document | None:
    if fields["interpretation"] is None:
        return None
    known = Interpretation.from_dict(fields["interpretation"], where=where)
    results = {result.name: result for result in known.results}
    inputs = []
    for feature in fields["features"]:
        name = feature["name"]
        source = results[name].source
        read = known.column(source) if source is not None else None
        column = read or ColumnFormat(name, TYPED, results[name].type)
        rest = {key: feature[key] for key in ("input", "role", "vocabulary", "unseen", "low", "high")}
        known_input = Input(name=name, column=column, source=source, **rest)
        if known_input.low is known_input.high is None and known_input.vocabulary is None and name in ranges:
            known_input = replace(known_input, low=ranges[name][0], high=ranges[name][1])
        inputs.append(known_input)
    return Document(tuple(inputs), known.delimiter)
