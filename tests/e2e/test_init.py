"""A table without a configuration: `penstock init`, then `penstock run` without edits."""

import math
import random

import pytest

from tests.e2e.conftest import Project

ROWS = 240


def written(folder, columns: dict[str, list]) -> Project:
    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text

    rows = [list(columns), *zip(*columns.values(), strict=True)]
    (folder / "rows.csv").write_text("".join(",".join(map(cell, row)) + "\n" for row in rows), encoding="utf-8")
    return Project(folder)


def regression() -> dict[str, list]:
    draw = random.Random(7)
    size = [draw.uniform(20, 200) for _ in range(ROWS)]
    floor = [draw.randint(0, 9) for _ in range(ROWS)]
    kind = [draw.choice(["flat", "house", "Häuschen, klein"]) for _ in range(ROWS)]
    return {
        "größe in m²": [round(value, 1) for value in size],
        "floor.no": floor,
        "class": kind,
        "built": [f"{1990 + n % 30}-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(ROWS)],
        "日本 id": [f"x{n:05}" for n in range(ROWS)],
        "empty": [None] * ROWS,
        "one": ["same"] * ROWS,
        "rare": [None if n % 9 else n / 7 for n in range(ROWS)],
        "post code": [None if n % 40 == 1 else f"{10000 + n % 7}.0" for n in range(ROWS)],
        "order_id": [None if n % 40 == 2 else f"{5000 + 7 * n}.0" for n in range(ROWS)],
        "far": ["inf" if n == 5 else "1e300" if n == 6 else draw.random() for n in range(ROWS)],
        "price": [
            "NA" if n % 50 == 3 else round(3 * a + 20 * b + 100 * (k == "house") + draw.gauss(0, 5), 2)
            for n, (a, b, k) in enumerate(zip(size, floor, kind, strict=True))
        ],
    }


def multiclass() -> dict[str, list]:
    draw = random.Random(8)
    angle = [draw.uniform(0, 6.28) for _ in range(ROWS)]
    return {
        "from": [round(math.cos(a) + draw.gauss(0, 0.05), 3) for a in angle],
        "select": [round(math.sin(a) + draw.gauss(0, 0.05), 3) for a in angle],
        "flag": [draw.choice(["true", "false", None]) for _ in angle],
        "n": [draw.randint(0, 1) for _ in angle],
        "quoted \"name\" / with 'all', in it": [draw.choice(["a", "b"]) for _ in angle],
        "note": [f"row {n} has words of its own {draw.random()}" for n in range(ROWS)],
        "kind": ["?" if n % 60 == 7 else ("north", "süd", "east side")[int(a / 2.1)] for n, a in enumerate(angle)],
    }


def binary() -> dict[str, list]:
    draw = random.Random(9)
    score = [draw.gauss(0, 1) for _ in range(30)]
    return {"score": [round(s, 3) for s in score], "other": [draw.random() for _ in score],
            "bought": ["yes" if s + draw.gauss(0, 0.8) > 0.3 else "no" for s in score]}  # fmt: skip


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("table", "label", "task", "left_out"),
    [
        (regression, "price", "regression", {"日本 id", "empty", "one", "order_id"}),
        (multiclass, "kind", "multiclass", {"note"}),
        (binary, "bought", "binary", set()),
    ],
    ids=["regression", "multiclass", "thirty rows"],
)
def test_a_proposal_runs_without_edits(tmp_path, table, label, task, left_out):
    project = written(tmp_path, table())
    proposed = project.run("init", "rows.csv", "--label", label)
    assert proposed["exit"] == 0, proposed
    assert proposed["task"] == task
    assert proposed["label"]["missing"] == sum(value in ("NA", "?") for value in table()[label])
    assert set(proposed["left_out"]) - {"note"} == left_out - {"note"}
    # With so few rows the default number of steps is too small. The search need not be long to find a good model.
    words = ("model.epochs=150", "model.batch_size=16", "model.time_limit=5")
    done = project.run("run", *(word for each in words for word in ("--set", each)))
    assert done["state"] in ("pushed", "refused"), done
    assert done["exit"] in (0, 3)
    assert done["metrics"][proposed["metric"]] is not None
    if task != "binary":
        assert done["state"] == "pushed", done["thresholds"]
