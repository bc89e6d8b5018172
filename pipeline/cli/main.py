"""The `penstock` command, from its start to its exit code: errors, signals and standard streams are handled here."""

import os
import sys

from penstock.core.errors import PenstockError, from_system
from penstock.core.interruption import end_by_default, interrupted, interruptible, is_interrupted
from penstock.core.privacy import keep_private
from penstock.core.text import guard_streams
from pipeline.cli import streams
from pipeline.cli.printing import print_errors, print_json


def main() -> None:
    """Run the command, print an error of Penstock as one sentence, and exit with its code."""
    with interruptible():
        keep_private()
        streams.prepare()
        guard_streams()
        code = _code()
        end_by_default()
        failure = streams.close()
        if failure and not code:
            code = failure.exit_code
        # Threads of Beam and TensorFlow may still run; everything that matters has been written to the disk.
        os._exit(code)


def _code() -> int:
    """Run the command, and return its exit code."""
    try:
        from pipeline.cli.app import app  # not at the top, so that a signal is handled during this import too

        app()
    except PenstockError as error:
        return _report(error)
    except (OSError, MemoryError) as error:
        return _report(from_system(error), error)
    except (SystemExit, KeyboardInterrupt) as ended:
        if is_interrupted() or isinstance(ended, KeyboardInterrupt):
            return _report(interrupted("the command", "", "nothing half-written is left, start it again"))
        return ended.code if isinstance(ended.code, int) else 0
    except Exception:
        import traceback

        traceback.print_exc()
        return 1
    return 0


def _report(error: PenstockError, cause: BaseException | None = None) -> int:
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exception(cause or error)
    if "--json" in sys.argv:
        print_json({"state": "failed", "error": error.as_dict()})
        return error.exit_code
    print_errors([str(error), *(f"  {line}" for line in error.details)])
    return error.exit_code


if __name__ == "__main__":
    main()
