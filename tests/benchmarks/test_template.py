"""Upstream's template with everything switched on."""

import ast

import pytest

from benchmarks import template
from penstock.core.errors import ConfigError


@pytest.fixture
def copied(tmp_path):
    assert template.copy(tmp_path / "project") == tmp_path / "project" / "local_runner.py"
    return tmp_path / "project"


def test_copy_adds_each_component_to_the_pipeline(copied):
    text = (copied / "pipeline" / "pipeline.py").read_text()
    assert "# components.append(" not in text
    assert text.count("components.append(") == 10  # SchemaGen stands there twice: with a schema given, and without


def test_copy_makes_the_example_validator_although_no_schema_is_given(copied):
    [create] = [
        node
        for node in ast.parse((copied / "pipeline" / "pipeline.py").read_text()).body
        if isinstance(node, ast.FunctionDef)
    ]
    made = [ast.unparse(node) for node in create.body if not isinstance(node, ast.If)]
    assert "components.append(example_validator)" in made


def test_copy_has_the_cache_on(copied):
    tree = ast.parse((copied / "pipeline" / "pipeline.py").read_text())
    keywords = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    assert "enable_cache=True" in keywords


def test_copy_stands_on_its_own_and_has_a_name(copied):
    sources = {file: file.read_text() for file in copied.rglob("*.py")}
    assert not [file for file, text in sources.items() if template.PACKAGE in text or "{{" in text]
    assert f"PIPELINE_NAME = '{template.NAME}'" in sources[copied / "pipeline" / "configs.py"]
    assert not list(copied.rglob("*_test.py"))


@pytest.mark.parametrize("lost", ["trainer", "example_validator", "model_resolver"])
def test_template_of_another_make_is_refused_by_name(copied, lost):
    text = (copied / "pipeline" / "pipeline.py").read_text().replace(f"components.append({lost})", "pass")
    with pytest.raises(ConfigError, match=f"one that leaves out {lost}"):
        template.switch_on(text)


def test_template_without_a_cache_switch_is_refused(copied):
    text = (copied / "pipeline" / "pipeline.py").read_text().replace("enable_cache=True", "enable_cache=False")
    with pytest.raises(ConfigError, match="one that leaves out the cache"):
        template.switch_on(text)
