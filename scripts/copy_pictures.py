"""Copies the pictures of the dashboard that tests/e2e/test_dashboard.py made into `docs/`.

They have other times and numbers each time, so the tests do not write them there.
"""

import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MADE = PROJECT / ".pictures" / "documentation"
NAMES = ("dashboard-run.png", "dashboard-traffic.png")
MOST_BYTES = 150_000


def main() -> int:
    """Copy the pictures; return the exit code."""
    for name in NAMES:
        file = MADE / name
        if not file.is_file():
            print(f"{file}: expected a picture, received none; run tests/e2e/test_dashboard.py first.")
            return 2
        size = file.stat().st_size
        if size >= MOST_BYTES:
            print(f"{file}: expected less than {MOST_BYTES:,} bytes, received {size:,}; take a smaller part.")
            return 2
    for name in NAMES:
        shutil.copyfile(MADE / name, PROJECT / "docs" / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
