"""The logs of the server: one line for each request, and the errors of the server itself."""

import logging
import sys

ACCESS = logging.getLogger("penstock.registry.access")
ERRORS = logging.getLogger("penstock.registry.errors")


def log_lines() -> None:
    """Write the access log to standard output, and errors to standard error."""
    for logger, stream in ((ACCESS, sys.stdout), (ERRORS, sys.stderr)):
        handler: logging.Handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
