"""The metrics of one model on a prediction server: requests by code, latencies by version, champion and challenger."""

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dashboard.traffic.histograms import Histogram, histograms, sums
from penstock.dashboard.traffic.scraping import Sample

_STATES = {10: "start", 20: "loading", 30: "available", 40: "unloading", 50: "end"}
_ROWS = ("equal", "close", "different", "missing")
_NONE = Histogram((), (), 0.0)


@dataclass(frozen=True)
class Version:
    """The requests that a version answered.

    Attributes:
        version: Its number; empty for requests that no version answered.
        state: Whether it can answer now; empty if the server does not know it.
        requests: The number of requests.
        errors: Those of another code than OK.
        latency: The seconds until a request was answered.
        call: The seconds of the model's own computation.
    """

    version: str
    state: str
    requests: int
    errors: int
    latency: Histogram
    call: Histogram


@dataclass(frozen=True)
class Duel:
    """An output of the champion's answers compared with the challenger's.

    Attributes:
        champion: The version that answered.
        challenger: The version that got the copies.
        output: The name of the output.
        rows: The number of rows by result.
        other_class: The number of rows with another class; None if the output has no class.
        classes: The number of rows whose class was compared.
        difference: The absolute difference of the numbers of a row.
        values: The numbers of both, the champion's first.
    """

    champion: str
    challenger: str
    output: str
    rows: dict[str, int]
    other_class: int | None
    classes: int
    difference: Histogram
    values: tuple[Histogram, Histogram]

    @property
    def count(self) -> int:
        """The number of rows."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class Measured:
    """What a server counts of a model since it was started.

    Attributes:
        codes: The number of requests by protocol, method and code, the most frequent first.
        versions: The versions, the latest first.
        outcomes: The copies for the challenger by outcome.
        duels: Champion and challenger, by output.
        seconds: The seconds of each challenger's answers.
        sampled: The requests for the log by outcome; those of all models.
        others: The names of other models on the server.
    """

    codes: tuple[tuple[str, str, str, int], ...]
    versions: tuple[Version, ...]
    outcomes: dict[str, int]
    duels: tuple[Duel, ...]
    seconds: dict[str, Histogram]
    sampled: dict[str, int]
    others: tuple[str, ...]

    @property
    def requests(self) -> int:
        """The number of requests."""
        return sum(count for *_, count in self.codes)


def measured(samples: Sequence[Sample], model: str) -> Measured:
    """Return what is counted of a model.

    Args:
        samples: The metrics.
        model: The name under which it is served.
    """
    own = [each for each in samples if each.labels.get("model", model) == model]
    codes = sums(own, "penstock_requests_total", "protocol", "method", "code")
    listed = sorted(codes.items(), key=lambda each: (-each[1], each[0]))
    outcomes = sums(own, "penstock_challenger_requests_total", "outcome")
    sampled = sums(own, "penstock_sampled_requests_total", "outcome")
    return Measured(
        codes=tuple((protocol, method, code, int(count)) for (protocol, method, code), count in listed),
        versions=_versions(own),
        outcomes={name: int(count) for (name,), count in outcomes.items()},
        duels=_duels(own),
        seconds={name: each for (name,), each in histograms(own, "penstock_challenger_seconds", "challenger").items()},
        sampled={name: int(count) for (name,), count in sampled.items()},
        others=tuple(sorted({each.labels.get("model", "") for each in samples} - {model, ""})),
    )


def _versions(own: Sequence[Sample]) -> tuple[Version, ...]:
    by_code = sums(own, "penstock_requests_total", "version", "code")
    states = {version: _STATES.get(int(value), "") for (version,), value in sums(own, *_STATE).items()}
    latency = histograms(own, "penstock_request_seconds", "version")
    call = histograms(own, "penstock_call_seconds", "version")
    names = {*states, *(version for version, _ in by_code), *(version for (version,) in call)}
    return tuple(
        Version(
            version=name,
            state=states.get(name, ""),
            requests=int(sum(count for (version, _), count in by_code.items() if version == name)),
            errors=int(sum(count for (version, code), count in by_code.items() if version == name and code != "OK")),
            latency=latency.get((name,), _NONE),
            call=call.get((name,), _NONE),
        )
        for name in sorted(names, key=_by_number, reverse=True)
    )


_STATE = ("penstock_version_state", "version")


def _by_number(version: str) -> tuple[int, str]:
    return (int(version) if version.isdecimal() else -1), version


def _duels(own: Sequence[Sample]) -> tuple[Duel, ...]:
    pair = ("champion", "challenger", "output")
    rows = sums(own, "penstock_challenger_rows_total", *pair, "result")
    classes = sums(own, "penstock_challenger_classes_total", *pair, "result")
    differences = histograms(own, "penstock_challenger_difference", *pair)
    values = histograms(own, "penstock_challenger_value", *pair, "role")
    found = []
    for key in dict.fromkeys(names[:3] for names in rows):
        same, other = (classes.get((*key, result)) for result in ("same", "other"))
        compared = same is not None or other is not None
        found.append(
            Duel(
                champion=key[0],
                challenger=key[1],
                output=key[2],
                rows={result: int(rows[*key, result]) for result in _ROWS if (*key, result) in rows},
                other_class=int(other or 0) if compared else None,
                classes=int((same or 0) + (other or 0)),
                difference=differences.get(key, _NONE),
                values=(values.get((*key, "champion"), _NONE), values.get((*key, "challenger"), _NONE)),
            )
        )
    return tuple(found)
