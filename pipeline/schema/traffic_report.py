"""What a comparison of logged requests with training data found."""

from dataclasses import dataclass

from penstock.serving.requests.predictions import Predictions


@dataclass(frozen=True)
class TextTraffic:
    """What is said of a column of free text, without any text.

    Attributes:
        different: The number of different texts.
        different_in_training: The same in training data.
        length: The mean length, in bytes of UTF-8.
        length_in_training: The same in training data.
        most_frequent: The share of the most frequent text; None if it is not known.
        most_frequent_in_training: The same in training data.
    """

    different: int
    different_in_training: int
    length: float
    length_in_training: float
    most_frequent: float | None = None
    most_frequent_in_training: float | None = None


@dataclass(frozen=True)
class ColumnTraffic:
    """A column of the requests compared with training data.

    Attributes:
        column: Its name.
        measure: The measure of distance; None if it is not compared.
        distance: The distance; None if it is not compared.
        threshold: The largest distance that passes.
        missing: The share of the rows without a value; None if the log does not have the column.
        missing_in_training: The same in training data.
        missing_threshold: The largest difference of the two that passes.
        new_values: The most frequent values of a category that training data did not have, at most five, shortened; of
            an e-mail address and the like the form only. None of a free text.
        new_rows: The rows with any value that training data did not have; 0 if not all of its values are known.
        text: The counts and lengths of a free text; None for other columns.
        passed: Whether nothing is above its threshold.
        reason: Why there is no distance; empty if there is one.
    """

    column: str
    measure: str | None = None
    distance: float | None = None
    threshold: float | None = None
    missing: float | None = None
    missing_in_training: float | None = None
    missing_threshold: float | None = None
    new_values: tuple[str, ...] = ()
    new_rows: int = 0
    text: TextTraffic | None = None
    passed: bool = True
    reason: str = ""


@dataclass(frozen=True)
class VersionTraffic:
    """The requests that one version answered.

    Attributes:
        version: The version.
        rows: The number of rows.
        compared_rows: The number of those that have a column of training data.
        requests: The number of requests.
        first: The time of the first answer.
        last: The time of the last one.
        signatures: The signatures that answered.
        reason: Why the version is not compared; empty if it is.
        columns: The columns, those above a threshold first.
        predictions: The outputs.
    """

    version: int
    rows: int
    compared_rows: int
    requests: int
    first: str
    last: str
    signatures: tuple[str, ...]
    reason: str
    columns: tuple[ColumnTraffic, ...] = ()
    predictions: tuple[Predictions, ...] = ()

    @property
    def beyond(self) -> tuple[ColumnTraffic, ...]:
        """The columns above a threshold."""
        return tuple(each for each in self.columns if not each.passed)

    @property
    def compared(self) -> tuple[ColumnTraffic, ...]:
        """The columns that have a distance."""
        return tuple(each for each in self.columns if each.distance is not None)
