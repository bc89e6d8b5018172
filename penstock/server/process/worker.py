"""A process of the server, as gunicorn starts it."""

import os
import signal

from gunicorn.workers.base import Worker as _Worker


class Worker(_Worker):
    """A process of the server."""

    def init_signals(self) -> None:
        """Leave the signals to uvicorn, which ends after the requests in flight."""
        for each in self.SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    def run(self) -> None:
        """Answer requests until a signal comes."""
        # In this place, because the first process imports this file before it names the folder of the metrics.
        from penstock.server.process.answering import answer

        answer(self.wsgi, self.sockets, self.is_wanted)

    def is_wanted(self) -> bool:
        """Say that this process lives, and return whether the one that started it does."""
        self.notify()
        return os.getppid() == self.ppid
