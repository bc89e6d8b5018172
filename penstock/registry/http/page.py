"""The page that documents the paths, made from the OpenAPI document: no scripts, and nothing from another host."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jinja2

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1c2733; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #c8d2dc; }
details { border: 1px solid #c8d2dc; border-radius: 6px; margin: .5rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { background: #f3f6f9; padding: .6rem; overflow-x: auto; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; color: #0b5a8f; }
.about { color: #4a5a69; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #e4eaf0; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{{ style }}</style></head><body>
<h1>{{ title }}</h1>
<p>{{ description }} The document itself: <a href="api/openapi.json">api/openapi.json</a>.</p>
<p>A change needs a token: <code>Authorization: Bearer TOKEN</code>. Every refusal has the form of
<a href="#Refusal">Refusal</a>.</p>
{% for tag, operations in groups.items() %}<h2>{{ tag }}</h2>
{% for each in operations %}<details><summary><span class="method">{{ each.method }}</span>
<code>{{ each.path }}</code> <span class="about">{{ each.about }}</span></summary>
{% if each.parameters %}<table><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr>
{% for one in each.parameters %}<tr><td><code>{{ one.name }}</code></td><td>{{ one.place }}</td>
<td>{{ one.type }}</td><td>{{ one.about }}</td></tr>{% endfor %}</table>{% endif %}
{% if each.body %}<p>Body: <a href="#{{ each.body }}">{{ each.body }}</a></p>{% endif %}
<p>Answer: {% if each.answer_link %}<a href="#{{ each.answer_link }}">{{ each.answer }}</a>
{% else %}{{ each.answer }}{% endif %}</p></details>
{% endfor %}{% endfor %}
<h2>Documents</h2>
{% for name, fields in documents.items() %}<details id="{{ name }}" open><summary><code>{{ name }}</code></summary>
<table><tr><th>Field</th><th>Type</th><th>Required</th></tr>{% for one in fields %}<tr><td><code>{{ one.name }}</code>
</td><td>{{ one.type }}</td><td>{{ "yes" if one.required else "no" }}</td></tr>{% endfor %}</table></details>
{% endfor %}</body></html>
"""


def document_page(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation.get("tags", ["server"])[0], []).append(_operation(path, method, operation))
    schemas = document["components"]["schemas"]
    documents = {name: list(_fields(schemas[name])) for name in sorted(schemas)}
    about = {"title": document["info"]["title"], "description": document["info"]["description"]}
    return _template().render(**about, style=_STYLE, groups=groups, documents=documents)


@lru_cache
def _template() -> jinja2.Template:
    return jinja2.Environment(autoescape=True).from_string(_PAGE)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    parameters = [
        {
            "name": each["name"],
            "place": each["in"],
            "type": _type(each["schema"]),
            "about": each.get("description", ""),
        }
        for each in operation.get("parameters", ())
    ]
    return {
        "path": path,
        "method": method.upper(),
        "about": operation.get("description", ""),
        "parameters": parameters,
        "body": _reference(body),
        "answer": _type(answer),
        "answer_link": _reference(answer),
    }


def _fields(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield {"name": name, "type": _type(each), "required": name in required}


def _reference(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _type(schema: Mapping[str, Any]) -> str:
    """Return a schema in a few words."""
    if "$ref" in schema:
        return _reference(schema)
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    words = {"date-time": "time"}.get(schema.get("format", ""), schema.get("type", "any value"))
    return f"{words} like {schema['pattern']}" if "pattern" in schema else str(words)
