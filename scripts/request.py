"""Prints a request to a prediction server: one row of a table, with the columns that the model of the server asks for.

`make predict` sends it with curl.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TEXT = "DT_STRING"
SIGNATURE = "serving_default"


def main() -> None:
    """Print the request, or one sentence if there is none."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="address of a model, such as http://127.0.0.1:8501/v1/models/taxi")
    parser.add_argument("table", type=Path, help="CSV with the columns of the training data")
    parser.add_argument("--seed", type=int, default=0, help="another number gives another row")
    arguments = parser.parse_args()
    try:
        row = sampled(arguments.table, arguments.seed)
        json.dump({"instances": [instance(row, inputs_of(arguments.model))]}, sys.stdout)
    except (KeyError, ValueError, OSError) as error:
        reason = f"none of a column {error}" if isinstance(error, KeyError) else getattr(error, "reason", None) or error
        sys.exit(f"penstock: expected a model at {arguments.model}, received {reason}; start `penstock serve`.")


def inputs_of(model: str) -> dict[str, str]:
    """Return the inputs of a model with the names of their types, as the server describes them."""
    with urllib.request.urlopen(f"{model}/metadata", timeout=60) as answer:  # noqa: S310  an address of the user's
        described = json.load(answer)
    inputs = described["metadata"]["signature_def"]["signature_def"][SIGNATURE]["inputs"]
    return {name: each["dtype"] for name, each in inputs.items()}


def instance(row: dict[str, str], inputs: dict[str, str]) -> dict[str, Any]:
    """Return a row with the inputs only."""
    return {name: value(row[name], kind) for name, kind in inputs.items()}


def value(text: str, kind: str) -> str | int | float:
    """Return a cell as the type of an input; a missing number is NaN."""
    if kind == TEXT:
        return text
    return int(text) if "INT" in kind else float(text or "nan")


def sampled(table: Path, seed: int) -> dict[str, str]:
    """Return one row of a table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "row.csv")
        command = [sys.executable, "-m", "pipeline.cli.main", "sample", str(table), "1", "--seed", str(seed)]
        done = subprocess.run([*command, "--output", str(file)], capture_output=True, text=True)
        if done.returncode:
            raise ValueError(done.stderr.strip())
        with file.open(newline="") as stream:
            return next(csv.DictReader(stream))


if __name__ == "__main__":
    main()
