"""The digest of the model in a version, of which its user may have added files to `assets.extra`."""

import hashlib
from pathlib import Path

from penstock.versions.record import ADDED_FILES, EXTRA, read


def model_digest(version: Path) -> str:
    """Return the SHA-256 that `content_digest` gave when the version was pushed, if its files are still the same.

    All files are read. Files in `assets.extra` that were not pushed, such as warm-up requests, do not count.
    """
    record = read(version)
    pushed = None if record is None or record.files is None else set(record.files)
    digest = hashlib.sha256()
    for file in sorted(file for file in version.rglob("*") if file.is_file()):
        name = file.relative_to(version)
        is_added = pushed is not None and name.parts[0] == EXTRA.name and name.as_posix() not in pushed
        if name not in ADDED_FILES and not is_added:
            digest.update(f"{name.as_posix()}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
