"""The curated schema under a name that tells its content, because TFX's cache looks at the name alone."""

import hashlib
from pathlib import Path

from pipeline.config import Config
from tables.disk import atomic_file


def curated_schema(config: Config) -> Path:
    """Return the file that `schema.file` stands for: the copy that `keep` made of it, or itself where there is none."""
    file = config.path(config.schema_.file or "")
    copy = _copy(config, file)
    return copy if copy.is_file() else file


def keep(config: Config) -> None:
    """Copy the curated schema, if one is configured, to where its name is its SHA-256."""
    if not config.schema_.file:
        return
    file = config.path(config.schema_.file)
    copy = _copy(config, file)
    copy.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(copy, 0o600) as made:
        made.write_bytes(file.read_bytes())


def _copy(config: Config, file: Path) -> Path:
    digest = hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()
    return config.path(config.state.directory) / "schemas" / f"{digest}.pbtxt"
