"""The facts of a model card, from a run and from `[card]` in the configuration."""

from penstock.core.documents.document import Part


class Ethical(Part):
    """An ethical consideration: a risk, and how it is mitigated."""

    name: str
    mitigation: str = ""


class Measured(Part):
    """A metric of a model over all rows or over a slice.

    Attributes:
        type: The name of the metric.
        value: Its value.
        low: The lower end of its confidence interval.
        high: The upper end.
        slice: The slice in words; empty for all rows.
        rows: The number of rows.
    """

    type: str
    value: float
    low: float | None = None
    high: float | None = None
    slice: str = ""
    rows: int = 0


class Dataset(Part):
    """The rows that a model was trained and evaluated on.

    Attributes:
        name: The files, or the database without its password.
        query: The query; empty if there was none.
        digests: The SHA-256 by file.
        rows: The number of rows by split.
        columns: The columns that the model reads.
    """

    name: str = ""
    query: str = ""
    digests: dict[str, str] = {}
    rows: dict[str, int] = {}
    columns: tuple[str, ...] = ()


class Card(Part):
    """The facts of a model card.

    Attributes:
        name: The model.
        version: The version's number; empty if the run pushed none.
        date: The day of the run.
        overview: What the model does, in a sentence.
        owner: Who is responsible for it.
        contact: How to reach the owner.
        licence: The SPDX identifier of the licence, or its text.
        references: Addresses of more documentation.
        citation: How to cite it.
        tags: Words to find it by.
        task: What is predicted.
        label: The column that is predicted.
        family: The model family.
        commit: The commit of the code.
        digest: The SHA-256 of the model.
        users: Who is to use it.
        uses: What it is to be used for.
        limits: What it cannot do.
        tradeoffs: What was given up for what.
        ethical: Ethical considerations.
        dataset: The rows.
        metric: The metric that decides.
        metrics: The metrics over all rows, then by slice.
        baselines: The metrics of what the model is compared with, by its name.
        thresholds: The thresholds and their outcome as sentences.
        small_slices: The number of slices with too few rows.
        slices: The number of all slices.
        packages: The versions of the packages.
    """

    name: str
    version: str = ""
    date: str = ""
    overview: str = ""
    owner: str = ""
    contact: str = ""
    licence: str = ""
    references: tuple[str, ...] = ()
    citation: str = ""
    tags: tuple[str, ...] = ()
    task: str = ""
    label: str = ""
    family: str = ""
    commit: str = ""
    digest: str = ""
    users: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    tradeoffs: tuple[str, ...] = ()
    ethical: tuple[Ethical, ...] = ()
    dataset: Dataset = Dataset()
    metric: str = ""
    metrics: tuple[Measured, ...] = ()
    baselines: dict[str, dict[str, float]] = {}
    thresholds: tuple[str, ...] = ()
    small_slices: int = 0
    slices: int = 0
    packages: dict[str, str] = {}
