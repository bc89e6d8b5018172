import hashlib

import pytest

from penstock.core.errors import ConfigError
from penstock.server.process.tokens import bearer, is_known, read

TOKEN = "0123456789abcdef"


def test_tokens_are_read_as_text_and_as_hashes(tmp_path):
    hashed = hashlib.sha256(b"another-token-of-ours").hexdigest()
    (tmp_path / "tokens").write_text(f"# ours\n\n{TOKEN}\n  sha256:{hashed.upper()}\n{hashed}\n")
    hashes = read(tmp_path / "tokens")
    assert len(hashes) == 2
    assert is_known(TOKEN, hashes)
    assert is_known("another-token-of-ours", hashes)
    assert not is_known(hashed, hashes), "a hash is no token"
    assert not any(is_known(token, hashes) for token in ("", TOKEN[:-1], f"{TOKEN} ", "\udcff"))


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"", "received no token"),
        (b"# none\n", "received no token"),
        (b"short\n", "line 1 of .*received 5 characters"),
        (TOKEN.encode() + b"\ntwo words of a text\n", "line 2 of .*received 19 characters"),
        (b"\xff\xfe", "received no text"),
    ],
)
def test_file_with_something_else_is_refused_without_showing_it(tmp_path, content, received):
    (tmp_path / "tokens").write_bytes(content)
    with pytest.raises(ConfigError, match=received) as refused:
        read(tmp_path / "tokens")
    assert "two words" not in str(refused.value)


def test_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no such file or directory; correct the path"):
        read(tmp_path / "none")


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (b"Bearer abc", "abc"),
        (b"bearer abc ", "abc"),
        (b"BEARER  abc", "abc"),
        (b"Basic abc", ""),
        (b"abc", ""),
        (b"", ""),
        (b"Bearer", ""),
    ],
)
def test_token_of_a_header_follows_the_scheme(header, token):
    assert bearer(header) == token
