"""Writes the JSON Schemas of the output of `run`, `show` and `runs`, and of the certificate, into docs/schemas."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from penstock.core.documents.certificate import Certificate
from penstock.metadata.run_list import RunsView
from penstock.metadata.summary import RunView, ShowView

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"
FILE = FOLDER / "run-summary.json"
CERTIFICATE = FOLDER / Certificate.FILE
TITLE = "What `penstock run --json`, `penstock show --json` and `penstock runs --json` print"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the three views."""
    views: list[tuple[type[BaseModel], Literal["validation"]]]
    views = [(RunView, "validation"), (ShowView, "validation"), (RunsView, "validation")]
    refs, found = models_json_schema(views)
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": TITLE, "anyOf": [refs[view] for view in views], **found}


def text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), indent=2) + "\n"


def certificate_text() -> str:
    """Return the schema of the certificate as the text of its file."""
    draft = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps({"$schema": draft, **Certificate.model_json_schema()}, indent=2) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
    CERTIFICATE.write_text(certificate_text(), encoding="utf-8")
