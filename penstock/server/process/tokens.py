"""Bearer tokens, of which only hashes are kept."""

import hashlib
import hmac
import re
from collections.abc import Collection
from pathlib import Path

from penstock.core.errors import ConfigError

_HASH = re.compile("(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
_TOKEN = re.compile("[!-~]{16,4096}")
_EXPECTED = "one token per line, of at least 16 characters without spaces, or `sha256:` and its hash"


def read(file: Path) -> frozenset[bytes]:
    """Return the hashes of the tokens in a file; empty lines and those that begin with `#` are left out.

    Raises:
        ConfigError: The file cannot be read, or holds something else.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise ConfigError(f"--tokens {file}", _EXPECTED, reason.lower(), "correct the path") from error
    found = [_hash_of(file, number, line.strip()) for number, line in enumerate(lines, 1) if _counts(line)]
    if not found:
        raise ConfigError(f"--tokens {file}", _EXPECTED, "no token", "add one: openssl rand -hex 32")
    return frozenset(found)


def is_known(token: str, hashes: Collection[bytes]) -> bool:
    """Return whether a token is one of those with these hashes; it takes as long for any token."""
    given, known = hashlib.sha256(token.encode("utf-8", "replace")).digest(), False
    for each in hashes:
        known |= hmac.compare_digest(given, each)
    return known


def bearer(authorization: bytes) -> str:
    """Return the token of a header; empty if there is none."""
    scheme, _, token = authorization.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _hash_of(file: Path, number: int, line: str) -> bytes:
    if hashed := _HASH.fullmatch(line):
        return bytes.fromhex(hashed[1])
    if _TOKEN.fullmatch(line):
        return hashlib.sha256(line.encode()).digest()
    # The line may be a secret, so it is not shown.
    raise ConfigError(f"line {number} of {file}", _EXPECTED, f"{len(line)} characters", "correct it")
