"""The token of `--token-file`, for each command that asks a server."""

import pytest

from penstock.core.errors import ConfigError
from pipeline.cli.bearer import token_in


@pytest.mark.parametrize("content", [b"penstock_a-B.9/+=~", b"  secret\r\n", b"\nsecret\n"])
def test_token_is_the_text_of_the_file_without_the_space_around_it(tmp_path, content):
    (tmp_path / "token").write_bytes(content)
    assert token_in(tmp_path / "token") == content.decode().strip()
    assert token_in(None) is None


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (None, "no such file or directory; correct the path"),
        (b"", "an empty file; write the token into it"),
        (b" \n", "an empty file"),
        (b"two words", "another text; correct it"),
        (b"one\ntwo", "another text"),
        (b"a\x00b", "another text"),
        ("schlüssel".encode(), "other characters"),
        (b"\xff\xfe", "other characters"),
        (b"x" * 10_000_000, "another text"),
    ],
)
def test_file_without_one_token_is_refused_and_its_content_not_shown(tmp_path, content, received):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        token_in(file)
    expected = "expected a file with one token, of ASCII characters without spaces, received "
    assert str(refused.value).startswith(f"--token-file {file}: {expected}{received}")
    assert len(str(refused.value)) < 300


def test_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="received is a directory; correct the path"):
        token_in(tmp_path)
