"""The certificate of a model: how the answers of a prediction server compare with the offline predictions."""

from typing import ClassVar

from penstock.core.documents.document import Document, Part


class Form(Part):
    """The answers to one form of request.

    Attributes:
        form: The form in words, such as `JSON rows`.
        requests: How many requests the golden rows were sent in.
        largest: The largest difference from the expected value by output, relative to it where it is above 1; 0 or 1
            for text.
    """

    form: str
    requests: int
    largest: dict[str, float]


class Latency(Part):
    """The time from a request of one row to its answer, after warm-up.

    Attributes:
        form: The form of the requests.
        requests: The number of requests.
        p50_ms: The median in milliseconds.
        p99_ms: The 99th percentile in milliseconds.
        budget_ms: The greatest p99 that passes; None if there is none.
    """

    form: str
    requests: int
    p50_ms: float
    p99_ms: float
    budget_ms: float | None = None


class Rows(Part):
    """The golden rows.

    Attributes:
        rows: How many there are.
        of: How many rows they were chosen from.
        digest: The SHA-256 of the rows and the expected values.
        categories: The number of categories that they cover, by column.
        left_out: The columns of which some categories are not covered, because there are too many.
    """

    rows: int
    of: int
    digest: str
    categories: dict[str, int] = {}
    left_out: tuple[str, ...] = ()


class Certificate(Document):
    """That a server answers as the model predicts offline, for each form of request, and how fast.

    Attributes:
        model: The SHA-256 of the model.
        server: The digest of the server's code; its address if it is another server.
        rows: The golden rows.
        tolerance: The largest difference that passes.
        forms: The differences by form of request.
        latency: The latencies.
        versions: The versions of the packages that computed the values.
    """

    FILE: ClassVar[str] = "certificate.json"
    TITLE: ClassVar[str] = "the certificate of a model"

    model: str
    server: str
    rows: Rows
    tolerance: float
    forms: tuple[Form, ...]
    latency: tuple[Latency, ...] = ()
    versions: dict[str, str] = {}

    @property
    def largest(self) -> float:
        """The largest difference of all."""
        return max((value for form in self.forms for value in form.largest.values()), default=0.0)
