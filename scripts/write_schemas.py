"""Writes the JSON Schema of what the command prints into docs/schemas."""

import json
from pathlib import Path

from pipeline.summary import schema

FILE = Path(__file__).resolve().parent.parent / "docs" / "schemas" / "run-summary.json"


def text() -> str:
    """Return the schema as the file holds it."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
