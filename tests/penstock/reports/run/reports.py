"""A report with every part, and a hostile text in each name, value and error."""

from penstock.core.documents.analysis import (
    Analysis,
    Condition,
    Curve,
    Cut,
    Dependence,
    Importance,
    Residual,
    WeakSlice,
    WorstRow,
)
from penstock.core.documents.card import Card, Dataset, Ethical, Measured
from penstock.core.documents.certificate import Certificate, Form, Latency, Rows
from penstock.core.documents.data import Anomaly, AnomalyReport, Distance, DriftReport, Reading, RowCounts, SplitReport
from penstock.core.documents.training import Curves, Epoch, Leaderboard, Trial, Tried
from penstock.core.documents.verdict import Verdict
from penstock.reports.run import document as parts
from tests.penstock.reports.conftest import VERDICT, hostile

# Markup, quotes, a mark and an override of direction, an escape sequence of a terminal, and Markdown.
EVIL = '<script>alert("1")</script>\'\u202e\u200f\x1b[31m|`*_[x](javascript:x) {{ 7 * 7 }}'


def verdict(evil: str = EVIL) -> Verdict:
    return Verdict.model_validate(hostile({**VERDICT, "metrics": {**VERDICT["metrics"], evil: {"model": 0.5}}}, evil))


def analysis(evil: str = EVIL) -> Analysis:
    return Analysis(
        of=5000,
        rows=2000,
        permuted_rows=500,
        permutations=5,
        metric="auc",
        value=0.9,
        loss="log loss",
        tested=321,
        associations={evil: 0.97, "miles": 0.2},
        importance=(Importance(columns=(evil,), loss=0.2, interval=0.05), Importance(columns=("miles",), loss=0.01)),
        groups=(Importance(columns=(evil, "miles"), loss=0.3, interval=0.1),),
        dependence=(
            Dependence(column="miles", kind="number", numbers=(0, 1, 2), means=(0.1, 0.2, 0.4), rows=((0, 0.1, 0.2),)),
            Dependence(
                column=evil, kind="category", categories=(evil, "b"), output=evil, means=(0.1, 0.2), rows=((0, 1),)
            ),
        ),
        roc=(Curve(name=evil, points=((0, 0), (0.2, 0.9), (1, 1)), area=0.9),),
        precision_recall=(Curve(name=evil, points=((0, 1), (1, 0.4)), area=0.8),),
        cuts=(
            Cut(at=0.25, true_positives=8, false_positives=6, false_negatives=1, true_negatives=5),
            Cut(at=0.5, true_positives=6, false_positives=1, false_negatives=3, true_negatives=10),
        ),
        residuals=(Residual(low=-1, high=0, rows=4), Residual(low=0, high=1, rows=6)),
        scatter=((0.5, 0.6), (1, 0.9)),
        slices=(
            WeakSlice(
                conditions=(Condition(column=evil, category=evil), Condition(column="miles", low=1, high=2)),
                rows=70,
                loss=0.9,
                others=0.2,
                p=0.00001,
            ),
            WeakSlice(conditions=(Condition(column=evil, missing=True),), rows=60, loss=0.8, others=0.2, p=0.02),
        ),
        worst=(WorstRow(loss=9.1, label=evil, predicted="0.01", score=0.01, values={evil: evil, "miles": None}),),
    )


def data(evil: str = EVIL) -> parts.Data:
    numbers = {"missing": 0.1, "zeros": 0.2, "mean": 2.5, "deviation": 1, "least": 0, "median": 2, "greatest": 9}
    bucket = parts.Bucket(low=0, high=1, share=1.0)
    return parts.Data(
        counts=RowCounts(source=100, splits={"train": 67, evil: 33}, statistics={"train": 67}, evaluated=33),
        split=SplitReport(by="key", column=evil, repeated=3, without_key=2),
        reading=Reading(rows=100, result=90, marked={evil: 4}),
        quarantined=5,
        columns=(
            parts.Column(
                name="miles",
                role="numeric",
                kind="number",
                drift=0.3,
                skew=0.1,
                values=tuple(
                    parts.Values(rows=rows, buckets=(bucket,), **numbers) for rows in ("train", "eval", "version 1")
                ),
            ),
            parts.Column(
                name=evil,
                role="categorical",
                kind="text",
                values=(parts.Values(rows="train", missing=0.0, unique=3, top=((evil, 0.9), ("", 0.1))),),
            ),
        ),
        anomalies=AnomalyReport(
            anomalies=(
                Anomaly(column=evil, split="eval", kind="x", severity="error", description=evil, fails=True),
                Anomaly(column="", split="train", kind="x", severity="warning", description="few rows", fails=False),
            )
        ),
        drift=DriftReport(
            version=1,
            compared=True,
            fails=False,
            columns=(Distance(column=evil, measure="L-infinity", distance=0.3, threshold=0.1, passed=False),),
            skew=(Distance(column="miles", measure="Jensen-Shannon", distance=0.1, threshold=0.2, passed=True),),
        ),
        schema_changes=(parts.SchemaChange(column=evil, change="changed", before="text", after=evil),),
    )


def card(evil: str = EVIL) -> Card:
    return Card(
        name="tips",
        version="2",
        date="2026-01-01",
        overview=evil,
        owner=evil,
        contact=evil,
        licence="apache-2.0",
        references=("https://example.org/model",),
        citation=evil,
        tags=(evil,),
        task="binary",
        label=evil,
        family="trees",
        commit="abcdef0",
        digest="d" * 64,
        users=(evil,),
        uses=(evil,),
        limits=(evil,),
        tradeoffs=(evil,),
        ethical=(Ethical(name=evil, mitigation=evil),),
        metric="auc",
        dataset=Dataset(name=evil, query=evil, digests={evil: "f" * 64}, rows={"train": 67}, columns=("miles", evil)),
        metrics=(
            Measured(type="auc", value=0.95, low=0.94, high=0.96, rows=33),
            Measured(type="auc", value=0.9, slice=f"{evil}=1", rows=10),
        ),
        baselines={"linear": {"auc": 0.9}},
        thresholds=(evil,),
        small_slices=1,
        slices=3,
        packages={"tfx": "1.16.0"},
    )


def report(evil: str = EVIL, **given) -> parts.RunReport:
    """Return a report with every part; `given` replaces some of them."""
    tried = Tried(family="trees", settings={evil: evil}, value=0.9, fit_seconds=1, row_microseconds=2, weight=0.5)
    values = {
        "summary": parts.Summary(
            run="20260101-000001",
            experiment=evil,
            pipeline="tips",
            state="pushed",
            failure=evil,
            version=2,
            folder=evil,
            started="2026-01-01T00:00:00Z",
            seconds=12.5,
            task="binary",
            label=evil,
            family="auto",
            features=2,
            metric="auc",
            rows={"train": 67, "eval": 33},
            source=evil,
            query=evil,
            files={evil: "f" * 64},
            commit="abcdef0",
            dirty=True,
        ),
        "verdict": verdict(evil),
        "certificate": Certificate(
            model="m",
            server="s",
            tolerance=1e-5,
            rows=Rows(rows=9, of=33, digest="x"),
            forms=(Form(form=evil, requests=1, largest={"p": 1e-7}),),
            latency=(Latency(form=evil, requests=9, p50_ms=1, p99_ms=2),),
        ),
        "previous": parts.Previous(run=evil, version=1, value=0.9),
        "production": parts.Production(version=1, value=0.9, promoted=True),
        "changes": (parts.Change(kind="configuration", name=evil, before=evil, after=evil),),
        "data": data(evil),
        "leaderboard": Leaderboard(
            metric="auc",
            value=0.9,
            rows=67,
            folds=5,
            time_limit=None,
            seconds=9,
            models=(tried,),
            left_out={evil: evil},
        ),
        "curves": Curves(epochs=(Epoch(epoch=1, loss=0.9, val_loss=0.8), Epoch(epoch=2, loss=0.5))),
        "trials": (Trial(settings={evil: 1}, epochs=3, most_epochs=9, loss=0.5, seconds=1, best=True),),
        "analysis": analysis(evil),
        "costs": (1.0, 8.0),
        "nodes": (
            parts.NodeFact(id="ExampleGen", state="ran", seconds=1, outputs=(evil,), peak_bytes=5_000_000),
            parts.NodeFact(id=evil, state="failed", start=1, seconds=2, after=("ExampleGen",)),
        ),
        "configuration": {evil: evil, "evaluation.confidence": 0.9, "a.list": [1, 2], "a.flag": True, "a.none": None},
        "packages": {evil: "1"},
        "place": {"user": evil, "host": evil, "folder": evil},
        "card": card(evil),
        "problems": (parts.Problem(part="leaderboard", reason=evil),),
    }
    return parts.RunReport(**{**values, **given})


def bare(**given) -> parts.RunReport:
    """Return the report of a run that failed at its first node."""
    summary = parts.Summary(run="20260101-000002", pipeline="tips", state="failed", failure="no disk")
    return parts.RunReport(summary=summary, card=Card(name="tips"), **given)
