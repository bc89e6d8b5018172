"""The commands of the registry compared with importing TensorFlow."""

from benchmarks.registry_commands import COMMANDS, commands_in, is_reading
from benchmarks.startup import TENSORFLOW
from pipeline.cli.app import app


def test_a_round_has_each_command_and_each_that_reads_with_json_too(tmp_path):
    names = [name for name, _ in commands_in(tmp_path, 3)]
    assert names[0] == TENSORFLOW
    assert len(names) == len(set(names)) == 1 + len(COMMANDS) + sum(map(is_reading, COMMANDS))
    words = dict(commands_in(tmp_path, 3))["penstock token create bot-N --scope read"].words
    assert list(words[1:]) == ["token", "create", "bot-3", "--scope", "read"]


def test_every_verb_of_the_registry_is_measured():
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    verbs = {
        f"{name} {command.name or command.callback.__name__}"
        for name in ("models", "experiments", "registry", "token")
        for command in groups[name].registered_commands
    }
    # These write files, or run until they are stopped.
    assert verbs - {"models export", "registry serve"} == {" ".join(text.split()[:2]) for text in COMMANDS}
