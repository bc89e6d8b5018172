import os
import signal

from penstock.server.process.worker import Worker


class Started(Worker):
    """A worker without gunicorn around it."""

    def __init__(self, parent):
        self.ppid, self.notified = parent, 0

    def notify(self):
        self.notified += 1


def test_worker_is_wanted_as_long_as_the_process_that_started_it_lives():
    worker = Started(os.getppid())
    assert worker.is_wanted()
    assert not Started(os.getppid() + 1).is_wanted()
    assert worker.notified == 1


def test_worker_leaves_the_signals_to_the_server():
    before = {each: signal.getsignal(each) for each in Worker.SIGNALS}
    try:
        Started(1).init_signals()
        assert {signal.getsignal(each) for each in Worker.SIGNALS} == {signal.SIG_DFL}
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
