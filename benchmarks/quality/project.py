"""A table as a project of Penstock: its rows, and a configuration as a user would write it."""

import json
from pathlib import Path

from benchmarks.quality.table import KEY, Table
from penstock.config.config import Config
from penstock.config.loading import load
from penstock.config.sections import Model

ROWS, CONFIGURATION = "rows.parquet", "pipeline.toml"
# Thresholds that every model reaches, so that each run pushes.
_ANY = {"binary": ("auc", "min", 0.0), "multiclass": ("accuracy", "min", 0.0), "regression": ("rmse", "max", 1e300)}


def lay_out(table: Table, folder: Path, *, repeat: int = 0) -> Config:
    """Write rows and configuration into an empty folder; return the configuration.

    Args:
        table: The table.
        folder: The project's folder.
        repeat: The number of the repeat: it decides the splits, and it is the seed.
    """
    table.write(folder / ROWS, repeat=repeat)
    file = folder / CONFIGURATION
    file.write_text(configuration(table, seed=repeat), encoding="utf-8")
    return load(file, environment={})


def configuration(table: Table, *, seed: int) -> str:
    """Return the configuration as TOML."""
    metric, bound, value = _ANY[table.task]
    features = "\n".join(f"{_text(name)} = {_text(role)}" for name, role in table.roles.items())
    return f"""\
name = {_text(table.name)}

[data]
source = {_text(ROWS)}
label = {_text(table.label)}

[data.split]
key = {_text(KEY)}

[features]
{features}

[model]
task = {_text(table.task)}
seed = {seed}

[validation]
fail_on = "never"

[evaluation]
metric = {_text(metric)}
{bound} = {value!r}
not_worse_than_linear = false

[push]
directory = "models"
"""


def settings(family: str, *, time_limit: float) -> list[str]:
    """Return the `--set` arguments of a family; a time limit only if the configuration has one."""
    limit = [f"model.time_limit={time_limit:g}"] if "time_limit" in Model.model_fields and family == "auto" else []
    return [f"model.family={family}", *limit]


def _text(text: str) -> str:
    # What JSON writes for text, TOML reads.
    return json.dumps(text, ensure_ascii=False)
