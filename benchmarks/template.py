"""Upstream's taxi template, copied from the installed tfx package, with every component and the cache switched on."""

import ast
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from penstock.core.errors import ConfigError

NAME, RUNNER = "taxi", "local_runner.py"
NODES = (
    "CsvExampleGen",
    "StatisticsGen",
    "SchemaGen",
    "ExampleValidator",
    "Transform",
    "Trainer",
    "latest_blessed_model_resolver",
    "Evaluator",
    "Pusher",
)
PACKAGE = "tfx.experimental.templates.taxi."
_FOLDERS = ("models", "pipeline")
# The template makes the ExampleValidator only where a schema is given, which it is not.
_VALIDATOR = re.compile(
    r"^    # Performs anomaly detection.*?^    components\.append\(example_validator\)$", re.MULTILINE | re.DOTALL
)


def copy(target: Path) -> Path:
    """Copy the template into a folder that does not exist yet; return its runner.

    Raises:
        ConfigError: The installed template is not the one that is known here.
    """
    source = _installed()
    left_out = shutil.ignore_patterns("*_test.py", "__pycache__")
    for folder in _FOLDERS:
        shutil.copytree(source / folder, target / folder, ignore=left_out)
    shutil.copy(source / RUNNER, target / RUNNER)
    for file in target.rglob("*.py"):
        text = file.read_text(encoding="utf-8").replace(PACKAGE, "").replace("{{PIPELINE_NAME}}", NAME)
        file.write_text(text, encoding="utf-8")
    definition = target / "pipeline" / "pipeline.py"
    definition.write_text(switch_on(definition.read_text(encoding="utf-8")), encoding="utf-8")
    return target / RUNNER


def switch_on(definition: str) -> str:
    """Return the template's definition with each component and the cache switched on.

    Raises:
        ConfigError: Something is still off, so the definition is another one than is known here.
    """
    text = re.sub(r"^( *)# (components\.append\()", r"\1\2", definition, flags=re.MULTILINE)
    text = re.sub(r"^( *)# (enable_cache=True,)", r"\1\2", text, flags=re.MULTILINE)
    text = _VALIDATOR.sub(lambda found: re.sub(r"^  ", "", found[0], flags=re.MULTILINE), text)
    off = _left_off(ast.parse(text))
    if off:
        raise ConfigError(
            "upstream's taxi template",
            "one whose components are switched on by their comments",
            f"one that leaves out {', '.join(off)}",
            "install the tfx of requirements.lock",
        )
    return text


def _left_off(tree: ast.Module) -> list[str]:
    """Return what the definition does not do in any case."""
    [body] = [node.body for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "create_pipeline"]
    # Code under an `if` does not always run; SchemaGen runs if no schema is given.
    always = [node for node in body if not isinstance(node, ast.If)]
    taken = [node for branch in body if isinstance(branch, ast.If) for node in branch.body]
    code = "\n".join(map(ast.unparse, [*always, *taken]))
    added = re.findall(r"components\.append\((\w+)\)", code)
    wanted = ("example_gen", "statistics_gen", "schema_gen", "example_validator", "transform", "trainer")
    gate = ("model_resolver", "evaluator", "pusher")
    off = [name for name in (*wanted, *gate) if name not in added]
    return off if "enable_cache=True" in code else [*off, "the cache"]


def _installed() -> Path:
    spec = find_spec("tfx")  # not imported: that takes seconds
    if spec is None or spec.origin is None:
        raise ConfigError("the package tfx", "one that is installed", "none", "run `make set-up`")
    return Path(spec.origin).parent.joinpath(*PACKAGE.split(".")[1:-1])
