"""The pages of runs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from penstock.dashboard.kept import section_of
from penstock.dashboard.live import Drawn, stream
from penstock.dashboard.pages import run as one_run
from penstock.dashboard.pages import runs as all_runs
from penstock.dashboard.pages.caching import reasons
from penstock.dashboard.rendering import page
from penstock.dashboard.routes.asked import Asked, Number, Words, part_of
from penstock.dashboard.routes.forms import SignedIn
from penstock.dashboard.sources import NoPage, Source
from penstock.metadata import lineage
from penstock.metadata.lineage import Run
from penstock.metadata.pushes import LATEST

router = APIRouter(prefix="/p/{pipeline}")
State = Annotated[str, Query(max_length=20)]
# The file has its own style; whatever else is in it cannot run and asks for nothing.
_OF_A_REPORT = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
PageNumber = Annotated[Number, Query(alias="page")]


@router.get("/runs")
def runs(source: Asked, session: SignedIn, number: PageNumber = 1, state: State = "", q: Words = "") -> HTMLResponse:
    """Return the list of runs."""
    values = _list(source, number, state, q)
    return HTMLResponse(
        page("runs.html", title="Runs", session=session, job=source.jobs.last(), states=all_runs.STATES, **values)
    )


@router.get("/runs/live")
def runs_live(source: Asked, number: PageNumber = 1, state: State = "", q: Words = "") -> StreamingResponse:
    """Return the list of runs each time that it changes."""

    def draw() -> Drawn:
        values = _list(source, number, state, q)
        return Drawn(page("runs_list.html", **values), any(row.state == "running" for row in values["rows"]))

    return stream(source.config.store, draw)


@router.get("/runs/{run}")
def run(source: Asked, run: str) -> HTMLResponse:
    """Return the page of a run."""
    found = _find(source, run)
    experiment = one_run.experiment_of(source, found)
    board, board_fault = one_run.read_or_fault(found.leaderboard)
    lines, more = one_run.log_tail(source.config.logs / f"{found.id}.log")
    return HTMLResponse(
        page(
            "run.html",
            title=f"Run {found.id}",
            source=source,
            run=found,
            progress=one_run.progress(source, found, experiment),
            experiment=experiment,
            verdict=one_run.verdict_section(found),
            board=board,
            board_fault=board_fault,
            log=lines,
            more=more,
            reasons=reasons(source, found),
            next_step=_next_step(source, found),
            has_report=one_run.report_file(source, found).is_file(),
        )
    )


@router.get("/runs/{run}/live")
def run_live(source: Asked, run: str) -> StreamingResponse:
    """Return what changes on the page of a run each time that it changes."""
    found = _find(source, run)

    def draw() -> Drawn:
        current = _find(source, found.id)
        progress = one_run.progress(source, current)
        markup = page("run_progress.html", source=source, run=current, progress=progress)
        running = progress.state == "running"
        return Drawn(markup, running, last=not running)

    return stream(source.config.store, draw)


@router.get("/runs/{run}/report")
def report(source: Asked, run: str) -> HTMLResponse:
    """Return the report of a run, as it was written when the run ended."""
    found = _find(source, run)
    file = one_run.report_file(source, found)
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        next_step = f"write `penstock report {found.id}`"
        raise NoPage(f"the report of run {found.id}", str(file), "no such file", next_step) from None
    return HTMLResponse(text, headers={"Content-Security-Policy": _OF_A_REPORT})


@router.get("/runs/{run}/nodes/{node}")
def node(source: Asked, run: str, node: str) -> HTMLResponse:
    """Return the page of a node of a run, with its outputs."""
    found = _find(source, run)
    shown = next((each for each in found.nodes if each.id == node), None)
    if shown is None:
        received = "none that began"
        raise NoPage(f"the node {node!r} of run {found.id}", "a node of the run", received, "go back to the run")
    sections = [section_of(artifact) for artifact in shown.outputs]
    values = {"source": source, "run": found, "node": shown, "sections": sections}
    return HTMLResponse(page("node.html", title=f"{node} of run {found.id}", **values))


def _find(source: Source, run: str) -> Run:
    for each in source.runs.all():
        if each.id == run:
            return each
    found = lineage.run(source.config.store, run)
    if run not in (found.id, LATEST):
        raise NoPage(f"run {run}", "the whole name of a run", "a part of one", "see the list of runs")
    return found


def _list(source: Source, number: int, state: str, text: str) -> dict[str, Any]:
    found = part_of(all_runs.matching(source, state, text), number)
    rows = [all_runs.row(source, each) for each in found.items]
    return {"source": source, "rows": rows, "part": found, "state": state, "q": text}


def _next_step(source: Source, run: Run) -> str:
    """Return the command that goes on from a run."""
    state = all_runs.state_of(source, run)
    newest = source.runs.all()[0].id == run.id
    if state in ("failed", "ended", "partial") and newest:
        return "penstock resume"
    return f"penstock lineage {run.pushed_version}" if state == "pushed" else "penstock run"
