"""Copies the bundled taxi rows from the installed tfx package to data/taxi/trips.csv."""

import hashlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path

SOURCE = Path("examples/chicago_taxi_pipeline/data/simple/data.csv")
TARGET = Path(__file__).resolve().parent.parent / "data" / "taxi" / "trips.csv"
SHA256 = "cdaf0b5931442ef47693f408f25a37af710aca23fccb90a78f00930e89548805"


def prepare(source: Path, target: Path, sha256: str) -> bool:
    """Copy `source` to `target` unless it is there already; return whether it was copied.

    Raises:
        ValueError: The source is not the file that was expected.
    """
    if target.is_file() and _digest(target.read_bytes()) == sha256:
        return False
    rows = source.read_bytes()
    if _digest(rows) != sha256:
        raise ValueError(f"{source}: expected the SHA-256 {sha256}, received {_digest(rows)}; repeat the set-up.")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(rows)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def installed(package: str = "tfx") -> Path:
    """Return the folder of an installed package, which is not imported: importing tfx takes seconds."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"the package {package}: expected it in this environment, received none; repeat the set-up.")
    return Path(spec.origin).parent


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Prepare the data; return the exit code."""
    try:
        prepare(installed() / SOURCE, TARGET, SHA256)
    except (OSError, ValueError) as error:
        print(f"penstock: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
