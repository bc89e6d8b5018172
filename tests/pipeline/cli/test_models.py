"""`penstock models`: the versions of a model, their aliases, and what is refused."""

import pytest

from penstock.config.loading import load
from penstock.registry.opening import open_registry
from tests.metadata_store import configuration
from tests.pipeline.cli.command import slow_imports
from tests.pipeline.cli.registries import NAMES, call, document, fill, lines, refusal
from tests.registry_rows import pushed


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return fill(tmp_path)


def default():
    return next(each["version"] for each in document("models", "list")["versions"] if "default" in each["aliases"])


def test_versions_are_listed_newest_first_within_eighty_columns():
    listed = lines("models", "list")
    assert listed[0].split() == ["Version", "Name", "Alias", "Metric", "Recorded"]
    assert [line.split()[:3] for line in listed[1:4]] == [
        ["4", NAMES[4], "0.9400"],
        ["2", NAMES[2], "0.9200"],
        ["1", NAMES[1], "default"],
    ]
    assert listed[-1] == "3 versions of taxi/taxi, metric auc"


def test_limit_leaves_out_older_versions_and_says_how_many():
    listed = lines("models", "list", "--limit", "1")
    assert len(listed) == 3
    assert listed[-1] == "3 versions of taxi/taxi, metric auc; 2 older: --limit 3"
    assert document("models", "list", "--limit", "1")["total"] == 3


def test_json_of_the_list_has_the_documented_keys():
    listed = document("models", "list")
    assert (listed["document_version"], listed["project"], listed["model"]) == (1, "taxi", "taxi")
    assert set(listed["versions"][0]) == {
        *("version", "name", "run", "metric", "value", "id", "experiment_id", "folder", "digest", "stage", "aliases"),
        *("tags", "description", "signature", "created", "archived"),
    }


def test_all_models_of_the_registry_are_listed(config):
    with open_registry(config) as registry:
        registry.create_model(registry.project("taxi").id, "fares")
    listed = document("models", "list", "--all")["models"]
    assert [(each["model"], each["versions"], each["default"]) for each in listed] == [
        ("taxi", 3, 1),
        ("fares", 0, None),
    ]
    assert lines("models", "list", "--all")[1].split() == ["taxi/taxi", "3", "1", "0.9100"]


@pytest.mark.parametrize("arguments", [(), ("--all",), ("--json",), ("--all", "--json")])
def test_list_without_a_registry_says_so_and_makes_none(arguments, tmp_path, monkeypatch):
    folder = tmp_path / "new"
    folder.mkdir()
    configuration(folder)
    monkeypatch.chdir(folder)
    result = call("models", "list", *arguments)
    assert result.exit_code == 0
    assert ('"total": 0' if "--json" in arguments else "no registry yet; `penstock run` makes it") in result.stdout
    assert [path.name for path in folder.iterdir()] == ["pipeline.toml"]


def test_other_commands_without_a_registry_are_refused_and_make_none(tmp_path, monkeypatch):
    folder = tmp_path / "new"
    folder.mkdir()
    configuration(folder)
    monkeypatch.chdir(folder)
    for arguments in (("show",), ("promote", "1", "--why", "x"), ("rollback",), ("compare", "1", "2")):
        assert refusal("models", *arguments) == "no registry yet; `penstock run` makes it."
    assert [path.name for path in folder.iterdir()] == ["pipeline.toml"]


def test_model_without_a_recorded_run_is_named():
    sentence = call("models", "list", "--set", "registry.model=fares").stdout
    assert sentence.startswith("the model 'taxi/fares': expected one of the registry, received none yet; ")


@pytest.mark.parametrize("version", ["1", "default", NAMES[1], "run-1"])
def test_version_is_shown_by_number_alias_name_or_run(version):
    shown = lines("models", "show", version)
    assert shown[0] == "Version 1 of taxi/taxi: active, alias default"
    assert "auc       0.9100" in shown
    assert shown[-1].endswith("default to 1 by ann: the first version")


def test_shown_version_has_its_experiment_and_the_moves_in_json():
    lines("models", "promote", "4", "--why", "better")
    shown = document("models", "show", "4")
    assert shown["experiment"]["configuration"]["model"]["rounds"] == 400
    last = shown["moves"][0]
    assert (last["alias"], last["from"], last["to"], last["why"], last["rollback"]) == (
        "default",
        1,
        4,
        "better",
        False,
    )


def test_comparison_shows_signature_configuration_and_metrics():
    shown = lines("models", "compare", "default", "4")
    assert shown[:3] == [f"A  version 1, {NAMES[1]}, default", f"B  version 4, {NAMES[4]}", "The files differ."]
    words = [line.split() for line in shown]
    assert ["outputs.tip", "float", "double"] in words
    assert ["model.rounds", "100", "400", "+300"] in words
    assert ["auc", "0.9100", "0.9400", "+0.03"] in words
    assert "Data: no difference" in shown
    found = document("models", "compare", "1", "4")
    assert (found["a"]["version"], found["b"]["version"], found["same_files"]) == (1, 4, False)
    assert [each["name"] for each in found["configuration"]] == ["model.rounds"]


def test_promotion_moves_the_alias_and_rollback_moves_it_back():
    assert lines("models", "promote", NAMES[4], "--why", "better") == [
        "default of taxi/taxi is on version 4, before on version 1"
    ]
    assert lines("models", "promote", "4", "--why", "better") == ["default of taxi/taxi is on version 4 already"]
    moved = document("models", "rollback", "--why", "slow")
    assert (moved["alias"], moved["from"], moved["to"]) == ("default", 4, 1)
    assert default() == 1


def test_new_alias_is_made_if_none_is_expected():
    arguments = ("models", "promote", "2", "--alias", "staging", "--why", "trial", "--expect")
    assert lines(*arguments, "none") == ["staging of taxi/taxi is on version 2"]
    assert refusal(*arguments, "none").startswith("the alias staging: expected none, received version 2, moved by ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "9"), "the version 9: expected one of 1, 2, 4, received 9; "),
        (("show", "defaul"), "received none (did you mean 'default'?)"),
        (("show", NAMES[3]), "expected an experiment that pushed a version, received one that was refused"),
        (("show", "\udcff"), "the name '\\udcff': expected characters that a database can store"),
        (("list", "--model", "taxi\udcff"), "half of a surrogate pair"),
        (("promote", "2", "--why", "x", "--expect", "\udcff"), "half of a surrogate pair"),
        (("show", "99999999999999999999999"), "expected one of 1, 2, 4"),
        (("promote", "2", "--why", "x", "--expect", "4"), "the alias default: expected version 4, received version 1"),
        (("promote", "2", "--why", "x", "--alias", "7"), "the alias '7': expected a letter"),
        (("promote", "2", "--why", "x" * 4001), "--why: expected a text of up to 4000 characters"),
        (("promote", "2", "--why", "x\udcff"), "--why: expected a text that a database can store"),
        (("rollback",), "the alias default: expected a move that is not undone yet, received none"),
        (("rollback", "--alias", "nope"), "the alias 'nope': expected an alias of the model"),
        (("tag", "2", "checked"), "the tag 'checked': expected KEY=VALUE"),
        (("tag", "2", "a=1", "a=2"), "the tag 'a': expected one value"),
        (("tag", "2", "a b=1"), "the tag 'a b': expected a letter or digit, then"),
        (("tag", "2"), "tag: expected KEY=VALUE"),
        (("archive", "1"), "version 1: expected a version that no alias points to"),
        (("list", "--model", "txi"), "the model 'txi': expected one of the registry, received none (did you mean"),
        (("list", "--model", "rides/taxi"), "the model 'rides/taxi': expected one of the registry"),
        (("list", "--model", "taxi", "--all"), "--all and --model: expected one of them"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_changes_nothing(arguments, words, config):
    with open_registry(config) as registry:
        before = registry.events().items
    assert words in refusal("models", *arguments)
    with open_registry(config) as registry:
        assert registry.events().items == before


@pytest.mark.parametrize("arguments", [("promote", "2"), ("promote",), ("show", "1", "2"), ("list", "--limit", "0")])
def test_missing_and_excess_arguments_are_refused(arguments):
    assert call("models", *arguments).exit_code == 2


def test_tags_are_set_and_removed():
    assert lines("models", "tag", "2", "a=1", "b=x=y") == ["Version 2, tags: a=1, b=x=y"]
    changed = document("models", "tag", "2", "c=", "--remove", "a", "--describe", "the second")
    assert (changed["tags"], changed["description"]) == ({"b": "x=y", "c": ""}, "the second")
    assert "Tags         b=x=y, c=" in lines("models", "show", "2")


def test_archived_version_is_left_out_until_it_is_active_again():
    assert lines("models", "archive", "4", "--why", "old") == ["Version 4 is archived"]
    assert [each["version"] for each in document("models", "list")["versions"]] == [2, 1]
    listed = lines("models", "list", "--archived")
    assert listed[0].endswith("Stage")
    assert listed[1].endswith("archived")
    assert "expected an active version" in refusal("models", "promote", "4", "--why", "x")
    assert document("models", "archive", "4", "--undo")["stage"] == "active"


def test_name_of_a_model_in_two_projects_is_refused_without_the_project(config):
    with open_registry(config) as registry:
        other = registry.create_model(registry.create_project("rides").id, "taxi")
        pushed(registry, other.id, 7)
    assert refusal("models", "list", "--model", "taxi") == (
        "the model 'taxi': expected one project that has it, received taxi/taxi, rides/taxi; write PROJECT/NAME."
    )
    assert document("models", "list", "--model", "rides/taxi")["versions"][0]["version"] == 7


COMMANDS = (
    "models list",
    "models list --all --json",
    "models show 2",
    "models compare 1 2",
    "models promote 2 --why better --expect 1",
    "models promote 4 --alias canary --why try --json",
    "models rollback --why worse",
    "models tag 2 checked=yes --describe good",
    "models archive 2",
    "models archive 2 --undo",
    "experiments list",
    "experiments list --order -metric.auc --where setting.model.family=trees",
    "experiments show run-1",
    "experiments compare run-1 run-2",
    "experiments archive run-2 --why old",
    "token create node --scope read",
    "token list",
    "token revoke node",
)


@pytest.mark.slow
def test_commands_of_a_registry_in_a_file_import_nothing_slow(tmp_path):
    """Most of the time of a command is what it imports: `make benchmark-commands` measures them."""
    assert slow_imports(tmp_path, *COMMANDS) == [(command, 0, []) for command in COMMANDS]
    with open_registry(load(tmp_path / "pipeline.toml", environment={})) as registry:
        assert registry.faults() == []
        assert [alias.name for alias in registry.aliases(1)] == ["canary", "default"]
