"""Who is informed of calls, batches and loads, such as the metrics of a server."""

from pathlib import Path


class Observer:
    """Ignores everything; subclasses count."""

    def ran(self, model: str, version: int, rows: int, seconds: float) -> None:
        """Take note of a call of a signature."""

    def batched(self, model: str, requests: int, rows: int, waited: float) -> None:
        """Take note of a call for several requests, and how long the first of them waited for it."""

    def loaded(self, folder: Path, model: str, seconds: float, error: str) -> None:
        """Take note of an attempt to load a version; `error` is empty or the name of a code."""

    def warmed_up(self, folder: Path, records: int, seconds: float) -> None:
        """Take note of the requests with which a version was warmed up."""

    def changed(self, model: str, version: int, state: str) -> None:
        """Take note of the new state of a version."""
