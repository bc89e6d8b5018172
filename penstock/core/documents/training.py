"""The documents that Tuner and Trainer write: trials, leaderboard, settings and losses by epoch."""

import csv
import io
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError

from penstock.core.documents.document import OPTIONAL, Document, Part
from penstock.core.errors import PenstockError


class Tried(Part):
    """A model that `auto` tried: its metric, its estimated cost, and its weight in the ensemble."""

    family: str
    settings: dict[str, Any]
    value: float
    fit_seconds: float
    row_microseconds: float
    weight: float
    cut: str = ""
    megabytes: float | None = None


class Leaderboard(Document):
    """The models that `auto` tried, the best first, and what the time limit prevented."""

    FILE: ClassVar[str] = "leaderboard.json"
    TITLE: ClassVar[str] = "a leaderboard"

    metric: str
    value: float
    rows: int
    folds: int
    exported_folds: int | None = None
    exported_rows: int | None = None
    copies: int | None = None
    time_limit: float | None
    seconds: float
    models: tuple[Tried, ...]
    left_out: dict[str, str]
    cut: str = ""
    raced: int | None = None
    row_microseconds: float | None = None
    megabytes: float | None = None


class Trial(Part):
    """The outcome of one trial: its settings, its epochs, its least validation loss, and whether it is the best."""

    settings: dict[str, Any]
    epochs: int
    most_epochs: int
    loss: float | None
    seconds: float
    best: bool = False


class Trials(Document):
    """The trials of a search for settings, in the order in which they ran."""

    FILE: ClassVar[str] = "trials.json"
    TITLE: ClassVar[str] = "the trials of a search"

    trials: tuple[Trial, ...]


class Fit(Document):
    """The settings of the fit, which of them were searched, and what the fit started from.

    Attributes:
        settings: The settings of the model family.
        tuned: The names of the settings that Tuner chose.
        start: What the fit started from, in words.
        linear: The report of the linear model to compare with.
    """

    FILE: ClassVar[str] = "settings.json"
    TITLE: ClassVar[str] = "the settings of a fit"

    settings: dict[str, Any]
    tuned: tuple[str, ...] = ()
    start: str = ""
    linear: dict[str, Any] | None = Field(**OPTIONAL)


class Epoch(Part):
    """The losses after one epoch, or after one round of boosting."""

    epoch: int
    loss: float | None = None
    val_loss: float | None = None


class Curves(Document):
    """The losses by epoch, as CSV; the header takes the place of a version."""

    FILE: ClassVar[str] = "curves.csv"
    TITLE: ClassVar[str] = "the losses by epoch"

    epochs: tuple[Epoch, ...]

    @classmethod
    def parse(cls, content: str | bytes, where: str) -> Self:
        """Return the losses in a CSV text.

        Raises:
            PenstockError: The text has no column `epoch`, another column, or a value that is no number.
        """
        try:
            lines = (content if isinstance(content, str) else content.decode()).splitlines()
            reader = csv.DictReader(lines)
            rows = [{name: value or None for name, value in row.items()} for row in reader]
            if "epoch" not in (reader.fieldnames or ()):
                raise ValueError("no column 'epoch'")
            return cls.model_validate({"epochs": rows})
        except ValidationError as error:
            raise cls.refusal("", where, error) from None
        except (ValueError, csv.Error) as error:
            next_step = "write `penstock fsck`, which finds damaged files"
            raise PenstockError(where, f"{cls.TITLE}, undamaged", str(error), next_step) from None

    def text(self) -> str:
        """Return the losses as CSV."""
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(Epoch.model_fields))
        writer.writeheader()
        writer.writerows(epoch.model_dump() for epoch in self.epochs)
        return stream.getvalue()
