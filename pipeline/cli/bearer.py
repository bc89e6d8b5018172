"""The bearer token for a server, from the file that `--token-file` names."""

from pathlib import Path

from penstock.core.errors import ConfigError

# A longer one does not fit into the header of a request.
_MOST = 8_000


def token_in(file: Path | None) -> str | None:
    """Return the token in a file; None without a file.

    Raises:
        ConfigError: The file cannot be read, or has no token.
    """
    if file is None:
        return None
    what, expected = f"--token-file {file}", "a file with one token, of ASCII characters without spaces"
    try:
        with file.open(encoding="ascii") as stream:
            text = stream.read(_MOST + 1).strip()
    except UnicodeDecodeError:
        raise ConfigError(what, expected, "other characters", "correct it") from None
    except OSError as error:
        raise ConfigError(what, expected, (error.strerror or str(error)).lower(), "correct the path") from None
    if not text:
        raise ConfigError(what, expected, "an empty file", "write the token into it")
    if len(text) > _MOST or not text.isprintable() or " " in text:
        raise ConfigError(what, expected, "another text", "correct it")
    return text
