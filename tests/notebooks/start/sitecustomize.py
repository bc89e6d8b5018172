"""Lets a command that a notebook starts be a fork of a process of the tests, which has imported TensorFlow.

Python imports this file when it starts; `test_notebooks.py` puts its folder first. A server is started as it is: it
receives signals.
"""

import os
import sys

if sys.orig_argv[1:3] == ["-m", "pipeline.cli.main"] and "serve" not in sys.orig_argv:
    import json
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as calls:
        calls.connect(os.environ["CALLS"])
        call = json.dumps([os.getcwd(), sys.orig_argv[3:], dict(os.environ)])
        socket.send_fds(calls, [call.encode()], [1, 2])
        code = json.loads(calls.recv(100))
    os._exit(code)
