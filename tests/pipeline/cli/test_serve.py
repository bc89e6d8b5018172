import pytest

from tests.metadata_store import CONFIGURATION
from tests.pipeline.cli.registry_command import command


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--host", "::"], "--host ::: expected a decision whether reads need a token, as others reach this address"),
        (["--host", "nowhere.invalid", "--reads", "token"], "the address nowhere.invalid:8600: expected one that is"),
        (["--set", "registry.uri=http://127.0.0.1:8600"], "registry.uri: expected sqlite:///FILE or postgresql://"),
    ],
)
def test_server_that_cannot_start_is_one_sentence(tmp_path, words, message):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    assert command(tmp_path, "registry", "serve", *words, code=2).startswith(message)
