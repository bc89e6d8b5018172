"""What checks the files of deploy/: schemas of Kubernetes and Cloud Run, and Docker Compose, each from a package."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.environments import PROJECT, python_with

DEPLOY = PROJECT / "deploy"
LOCK = PROJECT / "tests" / "deploy" / "requirements.lock"

_KUBERNETES = """
import json, sys
import kubernetes_validate
errors = []
for document, version in json.load(sys.stdin):
    try:
        kubernetes_validate.validate(document, version, strict=True)
        errors.append(None)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        errors.append(f"{'.'.join(map(str, getattr(error, 'absolute_path', [])))}: {error.message}")
print(json.dumps(errors))
"""
_CLOUD_RUN = """
import os, googleapiclient
folder = os.path.join(os.path.dirname(googleapiclient.__file__), "discovery_cache", "documents")
print(open(os.path.join(folder, "run.v1.json")).read())
"""


def kubernetes_errors(*cases: tuple[dict[str, Any], str]) -> list[str | None]:
    """Return what the schemas of a version of Kubernetes say of each document; an unknown field is an error."""
    found: list[str | None] = json.loads(_printed(_KUBERNETES, json.dumps(cases)))
    return found


def cloud_run_schema() -> dict[str, Any]:
    """Return Google's own description of a Cloud Run service as a JSON schema in which unknown fields are errors."""
    described = json.loads(_printed(_CLOUD_RUN))
    definitions = {name: _strict(schema) for name, schema in described["schemas"].items()}
    return {"$ref": "#/$defs/Service", "$defs": definitions, "$comment": described["revision"]}


def compose(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Docker Compose, which needs no engine to read a file; the package's program always ends with 0."""
    program = python_with("deploy", LOCK).with_name("docker-compose")
    given = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment}
    return subprocess.run([program, *words], cwd=folder, env=given, capture_output=True, text=True, timeout=60)


def _printed(program: str, given: str = "") -> str:
    command = [python_with("deploy", LOCK), "-c", program]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of a discovery document as JSON Schema has it."""
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    made: dict[str, Any] = {key: schema[key] for key in ("type", "enum") if schema.get(key, "any") != "any"}
    if "properties" in schema:
        made["properties"] = {name: _strict(each) for name, each in schema["properties"].items()}
        made["additionalProperties"] = False
    elif "additionalProperties" in schema:
        made["additionalProperties"] = _strict(schema["additionalProperties"])
    if "items" in schema:
        made["items"] = _strict(schema["items"])
    return made
