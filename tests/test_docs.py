"""The README and the documentation: files and options exist, examples work, and nothing is missing."""

import ast
import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from penstock.config.config import Config
from penstock.config.sections import METRICS, ORDINAL_METRICS
from penstock.core.features import ROLES, TASKS
from penstock.core.losses import LOSS_METRICS
from pipeline.cli.app import app
from pipeline.nodes import NODES, TABLE, nodes_of

PROJECT = Path(__file__).resolve().parent.parent
README = PROJECT / "README.md"
CONTRIBUTING = PROJECT / "CONTRIBUTING.md"
CONFIGURATION = PROJECT / "docs" / "configuration.md"
COMMANDS_FOLDER = PROJECT / "docs" / "commands"
COMMAND = COMMANDS_FOLDER / "index.md"
EXIT_CODES = PROJECT / "docs" / "output.md"
PIPELINE = PROJECT / "docs" / "pipeline.md"
DRAWING = PROJECT / "docs" / "flow.svg"
MANUAL = [README, *sorted((PROJECT / "docs").rglob("*.md"))]
PROSE = [
    *MANUAL,
    PROJECT / "CHANGELOG.md",
    CONTRIBUTING,
    PROJECT / "SECURITY.md",
    PROJECT / "data" / "README.md",
]
# Written by a run, the set-up or a build, so not in a fresh clone.
MADE = (".venv", ".tools", ".site", "state", "models", "compiled", "data/taxi", "predictions.")
# Part of an artifact or of a pushed version.
INSIDE = ("assets.extra", "variables/", "assets/")
# On a machine that runs the server.
DEPLOYED = ("/opt/penstock", "/srv/models", "deploy/secrets")
# Paths of a server.
SERVED = ("/livez", "/readyz", "/monitoring/", "/v1/", "/v2/")
# Mounted in a container.
MOUNTED = ("/models", "/rows", "/gcs", "/s3", "/minio", "/penstock", "/tmp", "backend/")
Block = tuple[str, str]
COMMANDS: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})


def named(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def blocks(file: Path) -> list[Block]:
    """Return language and text of each fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", file.read_text(), re.MULTILINE | re.DOTALL)


def without_blocks(file: Path) -> str:
    return re.sub(r"^```.*?^```$", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)


def code(file: Path) -> list[str]:
    """Return the texts between backticks in the prose."""
    return re.findall(r"`([^`\n]+)`", without_blocks(file))


def rows(text: str) -> list[list[str]]:
    """Return the cells of each table row, without headings and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("| ---")]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if not re.match(r"\| [A-Z]\w+ (\w+ )*\|", line)
    ]


def section(file: Path, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", file.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"{named(file)} has no section {title}"
    return found[1]


def slugs(file: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", without_blocks(file), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def keys(section: type[BaseModel] = Config, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield each key of the configuration under its dotted name."""
    for name, field in section.model_fields.items():
        key = prefix + (field.alias or name)
        inner = next((part for part in (field.annotation, *get_args(field.annotation)) if is_section(part)), None)
        if inner is not field.annotation:
            yield key, field
        if inner is not None:
            yield from keys(inner, f"{key}.")


def is_section(part: Any) -> bool:
    return isinstance(part, type) and get_origin(part) is None and issubclass(part, BaseModel)


def default_of(field: FieldInfo) -> str:
    """Return a default in the notation of the manual."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{json.dumps(value)}`"


def parameters(verb: str) -> list[Any]:
    """Return the parameters of a verb and of its subcommands."""
    command = COMMANDS[verb]
    return [p for each in getattr(command, "commands", {"": command}).values() for p in each.params]


def shown_commands(file: Path) -> list[list[str]]:
    """Return the arguments of each `penstock` command in blocks and prose, without placeholders."""
    lines = [line for language, text in blocks(file) if language in ("", "output") for line in text.splitlines()]
    found = []
    for line in [*lines, *code(file)]:
        command = re.match(r"(?:\$ )?(?:PENSTOCK_\w+=\S+ )?(?:\.venv/bin/)?penstock (.+?)(?: > [\w.]+)?$", line.strip())
        if command and not re.search(r"\b(OPTIONS|VERB|NODE|[A-Z])\b", command[1]):
            found.append(shlex.split(command[1]))
    return found


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {key: merged(base[key], over[key]) for key in base.keys() & over.keys() if isinstance(base[key], dict)}
    return {**base, **over, **both}


def test_readme_opens_with_a_sentence_and_the_commands():
    lines = README.read_text().splitlines()
    assert lines[0] == "# Penstock"
    assert lines[2].endswith(".")
    assert {"make run", "make test"} <= set(lines[:15])
    assert any(line.startswith("git clone ") for line in lines[:15])


def test_readme_is_short_and_has_few_badges():
    text = README.read_text()
    assert len(text.splitlines()) <= 150
    assert text.count("![") <= 4


def test_readme_draws_each_node():
    [picture] = [text for language, text in blocks(README) if language == "mermaid"]
    assert set(re.findall(r"\b[A-Z][a-z]\w+", picture)) == set(NODES)


def test_home_page_draws_each_node_that_every_run_has():
    config = Config.model_validate(tomllib.loads((PROJECT / "pipeline.toml").read_text()))
    drawn = re.findall(r">(\w+)</text>", DRAWING.read_text())
    assert sorted(name for name in drawn if name in NODES) == sorted(nodes_of(config))


def test_reference_lists_each_node_in_the_order_of_the_pipeline():
    # No configuration has all of them.
    listed = [cells[0].strip("`") for cells in rows(section(PIPELINE, "The nodes"))]
    assert listed == [spec.id for spec in TABLE]


def test_manual_names_the_nodes_that_bypass_the_cache():
    page = (PROJECT / "docs" / "tasks" / "resume.md").read_text()
    [words] = re.findall(r"([^.]+) are never taken from\s+the cache", page)
    assert set(re.findall(r"`(\w+)`", words)) == {spec.id for spec in TABLE if not spec.cached}


@pytest.mark.parametrize("file", MANUAL, ids=named)
def test_files_that_the_manual_names_exist(file):
    paths = [
        text for text in code(file) if re.fullmatch(r"[\w./-]+", text) and ("/" in text or Path(text).suffix == ".md")
    ]
    assert [
        path
        for path in paths
        if not path.startswith((*MADE, *INSIDE, *DEPLOYED, *SERVED, *MOUNTED))
        and not (PROJECT / path).exists()
        and not re.search(r"\b[A-Z]+\b", path)
    ] == []


def test_folder_map_of_the_readme_is_complete():
    tracked = {
        child.name
        for child in PROJECT.iterdir()
        if child.is_dir() and child.name[0] not in "._" and any(each.name != "__pycache__" for each in child.iterdir())
    }
    listed = set(re.findall(r"`(\w+)/`", section(README, "The folders")))
    assert tracked <= listed


def test_folder_map_of_the_readme_has_each_folder_of_the_library():
    folders = {f"penstock/{file.parent.name}" for file in (PROJECT / "penstock").glob("*/__init__.py")}
    assert folders <= set(re.findall(r"`([\w/]+)`", section(README, "The folders")))


def test_layers_in_contributing_are_those_of_the_linter():
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = {each["containers"][0]: each["layers"] for each in contracts if "containers" in each}
    listed = {cells[0].strip("`"): cells[1] for cells in rows(section(CONTRIBUTING, "Layers"))}
    shown = {name: [re.findall(r"`(\w+)`", layer) for layer in cell.split(";")] for name, cell in listed.items()}
    assert shown == {name: [layer.split(" | ") for layer in below] for name, below in layers.items()}


@pytest.mark.parametrize("file", PROSE, ids=named)
def test_relative_links_resolve(file):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(file)):
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        if not link.startswith("http") and not (target.exists() and (not anchor or anchor in slugs(target))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("file", PROSE, ids=named)
def test_no_line_shows_a_path_of_one_machine(file):
    paths = re.compile(r"(?<![\w.])/(tmp|home|root|work|Users|mnt)/")
    assert [line for line in file.read_text().splitlines() if paths.search(line)] == []


@pytest.mark.parametrize("file", MANUAL, ids=named)
def test_commands_that_the_manual_shows_can_be_parsed(file):
    for arguments in shown_commands(file):
        verb, *rest = arguments
        if verb.startswith("-"):
            assert arguments in (["--help"], ["--version"])
            continue
        assert verb in COMMANDS, f"penstock {shlex.join(arguments)}"
        command = COMMANDS[verb]
        if rest and rest[0] in getattr(command, "commands", {}):
            command, rest = command.commands[rest[0]], rest[1:]
        if "--help" not in rest:
            # A verb that prose mentions may lack its arguments.
            command.make_context(verb, rest, resilient_parsing=not rest)


def test_readme_shows_each_verb_that_a_beginner_needs():
    assert {arguments[0] for arguments in shown_commands(README)} >= {
        "run",
        "resume",
        "runs",
        "show",
        "predict",
        "doctor",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (["--help"], "Usage: "),
        (["--version"], "penstock "),
        (["runs"], "No runs of "),
        (["runs", "--json"], '{"pipeline": '),
        (["doctor", "--json"], '{"verdict": '),
    ],
)
def test_fast_commands_of_the_manual_work(arguments, begins, tmp_path):
    environment = {
        "PATH": "",
        "NO_COLOR": "1",
        "PENSTOCK_STATE__DIRECTORY": str(tmp_path),
        "PENSTOCK_METADATA__URI": f"sqlite:///{tmp_path}/metadata.sqlite",
    }
    command = [sys.executable, "-m", "pipeline.cli.main", *arguments]
    result = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert result.stdout.lstrip().startswith(begins), result.stderr
    assert result.returncode == 0 or arguments[0] == "doctor"


WITH_PYTHON = [file for file in MANUAL if any(language == "python" for language, _ in blocks(file))]


@pytest.mark.slow
@pytest.mark.parametrize("file", WITH_PYTHON, ids=named)
def test_python_of_the_manual_imports_what_exists(file):
    for language, text in blocks(file):
        for node in ast.walk(ast.parse(text)) if language == "python" else ():
            if isinstance(node, ast.Import):
                assert all(importlib.util.find_spec(alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


def test_every_key_of_the_configuration_is_listed_with_its_default():
    listed = {cells[0].strip("`"): cells for cells in rows(CONFIGURATION.read_text()) if len(cells) == 4 and cells[0]}
    for key, field in keys():
        assert key in listed, f"no row for {key}"
        _, kind, default, meaning = listed[key]
        assert default == default_of(field), key
        assert meaning.lower().startswith((field.description or "?").lower()), key
        choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)]
        assert all(f"`{choice}`" in kind for choice in choices), key


def test_no_key_of_the_manual_is_stale():
    known = {key for key, _ in keys()}
    listed = [
        cells[0].strip("`") for cells in rows(CONFIGURATION.read_text()) if len(cells) == 4 and cells[2] != "less"
    ]
    assert [key for key in listed if key and key not in known | set(TASKS)] == []


WITH_TOML = [file for file in MANUAL if any(language == "toml" for language, _ in blocks(file))]


@pytest.mark.parametrize("file", WITH_TOML, ids=named)
def test_configurations_of_the_manual_are_accepted(file):
    base = tomllib.loads((PROJECT / "pipeline.toml").read_text())
    examples = [tomllib.loads(text) for language, text in blocks(file) if language == "toml"]
    assert README in WITH_TOML
    assert CONFIGURATION in WITH_TOML
    for example in examples:
        whole = "data" in example and "push" in example
        # Another source is not read by the query of the rides.
        under = {"query": None} if "source" in example.get("data", {}) else {}
        Config.model_validate(example if whole else merged(merged(base, {"data": under}), example))


def test_every_role_and_metric_is_listed():
    listed = rows(section(CONFIGURATION, "Features"))
    assert [cells[0].strip("`").removesuffix("[N]") for cells in listed if len(cells) == 3] == list(ROLES)
    task, metrics = "", {}
    for cells in rows(section(CONFIGURATION, "Metrics")):
        if cells[2] in ("greater", "less"):
            task = cells[0].strip("`") or task
            metrics.setdefault(task, {})[cells[1].strip("`")] = cells[2] == "greater"
    assert metrics == METRICS


def test_metrics_of_losses_and_of_ordinal_labels_are_listed():
    listed: dict[str, dict[str, bool]] = {}
    for cells in rows(section(CONFIGURATION, "Further metrics")):
        if cells[2].endswith("is better"):
            listed.setdefault(cells[0].strip("`"), {})[cells[1].strip("`")] = cells[2].endswith("greater is better")
    assert listed == {**{loss: each for loss, each in LOSS_METRICS.items() if each}, "label_order": ORDINAL_METRICS}


def test_every_verb_has_a_page_and_no_page_is_stale():
    verbs = [re.search(r"\[`penstock (\w+)`]", cells[0]) for cells in rows(COMMAND.read_text()) if len(cells) == 2]
    assert [verb[1] for verb in verbs if verb] == list(COMMANDS)
    assert {file.stem for file in COMMANDS_FOLDER.glob("*.md")} == {*COMMANDS, "index"}


@pytest.mark.parametrize("verb", list(COMMANDS))
def test_options_of_a_verb_are_listed_and_none_is_stale(verb):
    listed, known = {}, set()
    for cells in rows((COMMANDS_FOLDER / f"{verb}.md").read_text()):
        if len(cells) == 3:
            listed |= dict.fromkeys(re.findall(r"`(--[\w-]+|[A-Z_]{3,})\b", cells[0]), cells[1:])
    for parameter in parameters(verb):
        names = (
            [parameter.metavar or parameter.name.upper()] if parameter.param_type_name == "argument" else parameter.opts
        )
        known |= set(names)
        assert set(names) <= set(listed), f"penstock {verb} {names[0]}"
        if isinstance(parameter.default, str | int) and not isinstance(parameter.default, bool):
            assert f"`{parameter.default}`" in listed[names[0]][0], f"penstock {verb} {names[0]}: default"
    assert set(listed) - known <= {"KEY", "VALUE"}


def test_options_of_the_command_itself_are_listed():
    listed = section(COMMAND, "Options of the command itself")
    help_text = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "--help"],
        cwd=PROJECT,
        env={"NO_COLOR": "1"},
        capture_output=True,
        text=True,
    ).stdout
    assert set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)", help_text, re.MULTILINE)) == set(
        re.findall(r"`(--[\w-]+)`", listed)
    )


def test_exit_codes_of_the_verbs_are_among_those_of_the_command():
    pages = [file for file in COMMANDS_FOLDER.glob("*.md") if file != COMMAND]
    of_verbs = {file.stem: set(re.findall(r"^\| (\d+) \|", file.read_text(), re.MULTILINE)) for file in pages}
    listed = set(re.findall(r"\d+", " ".join(cells[0] for cells in rows(section(EXIT_CODES, "Exit codes")))))
    assert set().union(*of_verbs.values()) == listed - {"130", "143", "129"}
    assert {verb for verb, codes in of_verbs.items() if "3" in codes} == {"run", "resume"}
