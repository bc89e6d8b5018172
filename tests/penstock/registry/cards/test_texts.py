"""Model cards: Model Card Toolkit's schema 0.0.2, the metadata of the Hugging Face Hub, and Markdown."""

import json
import re

import pytest
import yaml

from penstock.core.documents.card import Card
from penstock.registry.cards.texts import card_json, front_matter, limits, markdown
from tests.penstock.reports.run.reports import EVIL, card

TEXT = {"type": "string"}


def objects(*, required=(), **fields):
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def lists(**fields):
    return {"type": "array", "items": objects(**fields), "minItems": 1}


# The fields of the schema, stricter than it is: no other field anywhere, and no empty list.
LICENCE = {
    "type": "object",
    "oneOf": [objects(required=[name], **{name: TEXT}) for name in ("identifier", "custom_text")],
}
METRIC = {"confidence_interval": objects(lower_bound=TEXT, upper_bound=TEXT)}
SCHEMA = objects(
    required=["schema_version", "model_details"],
    schema_version={"const": "0.0.2"},
    model_details=objects(
        name=TEXT,
        overview=TEXT,
        documentation=TEXT,
        owners=lists(name=TEXT, contact=TEXT),
        version=objects(name=TEXT, date={"type": "string", "format": "date"}, diff=TEXT),
        licenses={"type": "array", "items": LICENCE, "minItems": 1},
        references=lists(reference={"type": "string", "format": "uri"}),
        citations=lists(style=TEXT, citation=TEXT),
    ),
    model_parameters=objects(
        model_architecture=TEXT,
        data=lists(name=TEXT, link=TEXT, description=TEXT),
        input_format=TEXT,
        output_format=TEXT,
    ),
    quantitative_analysis=objects(performance_metrics=lists(type=TEXT, value=TEXT, slice=TEXT, **METRIC)),
    considerations=objects(
        **{name: lists(description=TEXT) for name in ("users", "use_cases", "limitations", "tradeoffs")},
        ethical_considerations=lists(name=TEXT, mitigation_strategy=TEXT),
    ),
)


@pytest.mark.parametrize(
    "found", [card(), card("x"), Card(name="tips"), card().model_copy(update={"licence": "Ours, 1"})]
)
def test_json_is_valid_by_the_schema(found):
    import jsonschema

    text = card_json(found, "Since version 1: x")
    jsonschema.validate(json.loads(text), SCHEMA, format_checker=jsonschema.FormatChecker())
    assert "NaN" not in text


def test_json_has_the_facts():
    found = json.loads(card_json(card("x"), "Since version 1: a from b to c"))
    details = found["model_details"]
    assert details["version"] == {"name": "2", "date": "2026-01-01", "diff": "Since version 1: a from b to c"}
    assert details["licenses"] == [{"identifier": "apache-2.0"}]
    [overall, of_slice] = found["quantitative_analysis"]["performance_metrics"]
    assert overall == {
        **{"type": "auc", "value": "0.95"},
        "confidence_interval": {"lower_bound": "0.94", "upper_bound": "0.96"},
    }
    assert of_slice["slice"] == "x=1"
    assert found["considerations"]["ethical_considerations"] == [{"name": "x", "mitigation_strategy": "x"}]


def test_front_matter_is_what_the_hub_reads():
    found = yaml.safe_load(front_matter(card()))
    assert (found["license"], found["pipeline_tag"]) == ("apache-2.0", "tabular-classification")
    assert found["tags"] == ["tabular", "trees", EVIL]
    [result] = found["model-index"][0]["results"]
    assert result["metrics"] == [{"type": "auc", "name": "auc", "value": 0.95}]
    assert result["dataset"]["name"] == EVIL


def test_front_matter_of_another_licence_and_of_a_model_without_metrics():
    found = yaml.safe_load(front_matter(Card(name="tips", licence="Ours, 1", task="regression")))
    assert (found["license"], found["license_name"]) == ("other", "Ours, 1")
    assert found["pipeline_tag"] == "tabular-regression"
    assert "model-index" not in found
    assert "license" not in yaml.safe_load(front_matter(Card(name="tips")))


def test_markdown_has_each_section_and_says_what_is_not_stated():
    lines = markdown(Card(name="tips")).splitlines()
    assert "Not stated: set `uses` under `[card]` in the configuration." in lines
    assert "- It was not evaluated by slice: how it treats groups of rows is not known." in lines
    text = markdown(card("x"), ["## More"])
    titles = re.findall("^## (.*)$", text, re.MULTILINE)
    assert titles == [
        *("Intended users", "Intended use", "Data", "Metrics", "Slices", "Limits", "Trade-offs"),
        *("Ethical considerations", "References", "Citation", "More"),
    ]


def test_hostile_text_neither_leaves_the_front_matter_nor_becomes_markup():
    evil = f"---\n{EVIL}\n---\nlicense: mit"
    head, body = re.fullmatch(r"---\n(.*?)\n---\n\n(.*)", markdown(card(evil)), re.DOTALL).groups()
    assert yaml.safe_load(head)["license"] == "apache-2.0"
    assert "<" not in body
    assert not re.search(r"(?<!\\)\[", body)
    assert not re.search("[\x1b\u202e\u200f]", head + body)


def test_limits_follow_those_that_are_stated():
    assert limits(card("x"))[0] == "x"
    assert "1 of 3 slices have too few rows to say anything about them." in limits(card("x"))
