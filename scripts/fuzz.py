"""Run the fuzz tests of the readers for some minutes, with new examples in each round; stop at the first failure."""

import subprocess
import sys
import time

TESTS = ["-m", "pytest", "-q", "-x", "--timeout=0", "tests/penstock/tables/test_fuzz.py", "--hypothesis-profile=fuzz"]


def main(minutes: float) -> int:
    """Return the exit code of the last round."""
    end = time.monotonic() + 60 * minutes
    rounds = code = 0
    while not code and (not rounds or time.monotonic() < end):
        rounds += 1
        print(f"Round {rounds}, {max(0, end - time.monotonic()):.0f} s left", flush=True)
        code = subprocess.run([sys.executable, *TESTS], check=False).returncode
    return code


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
