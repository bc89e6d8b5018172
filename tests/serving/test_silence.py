"""What TensorFlow's native code prints stays off the screen; what is meant for a person does not."""

import os
import subprocess
import sys

from serving.silence import silence

PROGRAM = """
import os, sys
from serving.silence import silence
with silence() as screen:
    os.write(2, b"noise of native code\\n")
    sys.stderr.write("noise of a library\\n")
    screen.write("told\\n")
    os.write(1, b"rows\\n")
os.write(2, b"after\\n")
sys.stderr.write("and after\\n")
"""


def test_only_what_is_meant_for_the_screen_reaches_it():
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert (result.stdout, result.stderr) == ("rows\n", "told\nafter\nand after\n")


def test_standard_error_that_was_replaced_is_written_to(capsys):
    with silence() as screen:
        os.write(2, b"noise\n")
        screen.write("told\n")
    assert capsys.readouterr().err == "told\n"


def test_descriptors_are_given_back():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with silence():
            pass
    assert len(os.listdir("/proc/self/fd")) == before
