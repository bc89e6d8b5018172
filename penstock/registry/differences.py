"""What differs between two experiments or versions: configuration, data, metrics and signature, value by value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.registry.documents import Experiment, is_number, overall, settings

# Evaluations that are no metrics of the model, or are returned under another name.
_ABOUT = {"overall", "slices", "intervals", "ends", "constant", "linear", "baseline", "gains", "certificate"}


@dataclass(frozen=True)
class Difference:
    """A value that differs.

    Attributes:
        name: Its name; nested ones are joined with dots.
        one: The value of the first; None if it has none.
        other: That of the second.
    """

    name: str
    one: Any
    other: Any

    @property
    def change(self) -> float | None:
        """How much greater the second is; None if one of them is no number."""
        both = is_number(self.one) and is_number(self.other)
        return self.other - self.one if both else None

    def plain(self) -> dict[str, Any]:
        """Return the values for JSON."""
        return {"name": self.name, "a": self.one, "b": self.other, "change": self.change}


@dataclass(frozen=True)
class Differences:
    """What differs between two experiments.

    Attributes:
        configuration: The settings.
        data: The rows: source, query, files, counts.
        metrics: The metrics over all rows and by slice.
    """

    configuration: tuple[Difference, ...]
    data: tuple[Difference, ...]
    metrics: tuple[Difference, ...]

    def plain(self) -> dict[str, Any]:
        """Return the parts for JSON."""
        return {name: plain(getattr(self, name)) for name in ("configuration", "data", "metrics")}


def differences(one: Experiment, other: Experiment) -> Differences:
    """Return what differs between two experiments."""
    return Differences(
        between(one.configuration, other.configuration),
        between(one.data, other.data),
        between(metrics(one.evaluations), metrics(other.evaluations)),
    )


def between(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return the values that differ between two nested mappings, in the order of the first."""
    pair = dict(settings(one)), dict(settings(other))
    return tuple(_found(pair, dict.fromkeys((*pair[0], *pair[1]))))


def metrics(evaluations: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics of a model over all rows by name, of slices as `slice: name`, of other rows as `rows.name`."""
    found = overall(evaluations)
    slices = evaluations.get("slices")
    for name, part in slices.items() if isinstance(slices, Mapping) else ():
        of_slice = part.get("metrics") if isinstance(part, Mapping) else None
        found |= {f"{name}: {metric}": value for metric, value in _numbers(of_slice)}
    for rows, values in evaluations.items():
        if rows not in _ABOUT:
            found |= {f"{rows}.{metric}": value for metric, value in _numbers(values)}
    return found


def plain(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Return what differs for JSON."""
    return [each.plain() for each in found]


def _numbers(values: Any) -> Iterator[tuple[str, float]]:
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if is_number(value):
            yield str(name), value


def _found(pair: tuple[dict[str, Any], dict[str, Any]], names: Mapping[str, Any]) -> Iterator[Difference]:
    for name in names:
        one, other = pair[0].get(name), pair[1].get(name)
        # In Python True equals 1.
        if one != other or isinstance(one, bool) != isinstance(other, bool):
            yield Difference(name, one, other)
