from pathlib import Path

import pytest

from penstock.core.errors import ConfigError
from penstock.server.models.config import ModelConfig, Policy
from penstock.server.process.options import Tls
from pipeline.cli.serve_options import check_path, configured_model, models_of, policy_of, tls_of
from pipeline.recording import record_afterwards
from tests.kept_run import KeptRun
from tests.metadata_store import configuration


def test_models_are_named_with_their_folders():
    policy = Policy(latest=2)
    assert models_of(["a=models/a", "b.2=x=y"], policy) == [
        ModelConfig("a", Path("models/a"), policy),
        ModelConfig("b.2", Path("x=y"), policy),
    ]


@pytest.mark.parametrize("given", [["a"], ["=a"], ["a="], ["a b=c"], ["a/b=c"], ["a:b=c"], ["x" * 200 + "=c"]])
def test_model_that_is_not_a_name_with_a_folder_is_refused(given):
    with pytest.raises(ConfigError, match="expected NAME=FOLDER"):
        models_of(given, Policy())


def test_name_of_two_models_is_refused():
    with pytest.raises(ConfigError, match="expected each name once, received a twice"):
        models_of(["a=b", "a=c"], Policy())


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("latest", Policy()),
        ("latest:3", Policy(latest=3)),
        ("all", Policy(every=True)),
        ("7", Policy(specific=(7,))),
        ("3,5", Policy(specific=(3, 5))),
    ],
)
def test_policy_is_read_from_its_text(text, policy):
    assert policy_of(text) == policy


@pytest.mark.parametrize("text", ["", "newest", "latest:0", "latest:", "latest:-1", "-3", "3,", "3 5", "٣", "1" * 30])
def test_text_that_names_no_policy_is_refused(text):
    with pytest.raises(ConfigError, match="--versions: expected latest, latest:N, all, or numbers"):
        policy_of(text)


def test_tls_needs_a_certificate_and_a_key():
    cert, key, clients = Path("cert"), Path("key"), Path("clients")
    assert tls_of(None, None, None) is None
    assert tls_of(cert, key, clients) == Tls(cert, key, clients)
    for given, missing in (((cert, None, None), "key"), ((None, key, None), "cert"), ((None, None, clients), "cert")):
        with pytest.raises(ConfigError, match=f"add --tls-{missing} FILE"):
            tls_of(*given)


@pytest.mark.parametrize(("path", "read"), [("", ""), ("/", ""), ("/a/b", "/a/b"), ("/a/", "/a")])
def test_path_begins_with_a_slash_and_has_none_at_its_end(path, read):
    assert check_path("--prefix", path) == read


@pytest.mark.parametrize("path", ["a", "/a?b", "/a#b", "/a%20", "/a b", "/ä"])
def test_path_with_other_characters_is_refused(path):
    with pytest.raises(ConfigError, match="--prefix: expected a path"):
        check_path("--prefix", path)


def test_configured_model_is_named_as_the_pipeline_and_has_the_aliases_as_labels(tmp_path):
    config = configuration(tmp_path)
    KeptRun(config, number=3)
    record_afterwards(config, "20260101-000001")
    model = configured_model(config, Policy())
    assert (model.name, model.folder) == (config.name, config.path(config.push.directory))
    assert model.labels() == {"default": 3}
