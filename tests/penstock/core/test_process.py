"""Processes: redirected output, work in a subprocess, a child that ends with its parent, and lazy imports."""

import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

from penstock.core.errors import DataError
from penstock.core.fingerprint import PROJECT
from penstock.core.process import (
    discarded_stderr,
    during_subprocess,
    hidden_arguments,
    in_subprocess,
    redirected_output,
)

PRINTING = """
import logging, os, sys
from penstock.core.process import redirected_output
logging.basicConfig()
with open(sys.argv[1], "a", buffering=1) as file:
    with redirected_output(file):
        print("printed")
        os.write(2, b"native\\n")
        logging.warning("logged")
    print("after")
    logging.warning("logged after")
"""


@pytest.mark.slow
def test_output_of_python_logging_and_native_code_goes_to_the_file(tmp_path):
    log = tmp_path / "log.txt"
    done = subprocess.run([sys.executable, "-c", PRINTING, str(log)], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("after\n", "WARNING:root:logged after\n")
    assert log.read_text().splitlines() == ["printed", "native", "WARNING:root:logged"]


def test_output_is_restored_after_an_error(tmp_path):
    streams, handlers = (sys.stdout, sys.stderr), [getattr(h, "stream", None) for h in logging.root.handlers]
    descriptors = len(os.listdir("/proc/self/fd"))
    with (tmp_path / "log.txt").open("w") as file, pytest.raises(RuntimeError), redirected_output(file):
        raise RuntimeError
    assert (sys.stdout, sys.stderr) == streams
    assert [getattr(h, "stream", None) for h in logging.root.handlers] == handlers
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_the_command_line_is_hidden_and_comes_back(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kernel", "-f", "connection.json"])
    with hidden_arguments():
        assert sys.argv == ["kernel"]
    assert sys.argv == ["kernel", "-f", "connection.json"]


NOISY = """
import os, sys
from penstock.core.process import discarded_stderr
with discarded_stderr() as screen:
    os.write(2, b"noise of native code\\n")
    sys.stderr.write("noise of a library\\n")
    screen.write("shown\\n")
    os.write(1, b"rows\\n")
os.write(2, b"after\\n")
sys.stderr.write("and after\\n")
"""


@pytest.mark.slow
def test_only_what_is_meant_for_the_screen_reaches_it():
    result = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert (result.stdout, result.stderr) == ("rows\n", "shown\nafter\nand after\n")


def test_standard_error_that_was_replaced_is_written_to(capsys):
    with discarded_stderr() as screen:
        os.write(2, b"noise\n")
        screen.write("shown\n")
    assert capsys.readouterr().err == "shown\n"


def test_file_descriptors_are_closed():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with discarded_stderr():
            pass
    assert len(os.listdir("/proc/self/fd")) == before


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(*, received):
    raise DataError("trips.csv, line 3", "2 columns", received, "correct the line")


def test_function_runs_in_another_process_and_returns():
    assert in_subprocess(os.getpid) != os.getpid()
    assert in_subprocess(divmod, 7, 2) == (3, 1)


def test_error_of_the_function_comes_back_with_all_its_parts():
    with pytest.raises(DataError) as raised:
        in_subprocess(refuse, received="3")
    assert str(raised.value) == "trips.csv, line 3: expected 2 columns, received 3; correct the line."


def test_end_of_the_other_process_is_an_error():
    with pytest.raises(MemoryError, match="kill_itself was ended from outside"):
        in_subprocess(kill_itself)


INTERRUPTED = """
import os, pathlib, signal
from penstock.core.process import in_subprocess
from penstock.core.interruption import interruptible

def wait():
    pathlib.Path("pid").write_text(str(os.getpid()))
    os.kill(os.getppid(), signal.{how})
    signal.pause()

with interruptible():
    try:
        in_subprocess(wait)
    except KeyboardInterrupt as interruption:
        print(interruption)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "said"), [("SIGINT", "SIGINT\n"), ("SIGTERM", "SIGTERM\n"), ("SIGHUP", "SIGHUP\n"), ("SIGKILL", "")]
)
def test_end_of_this_process_ends_the_other_one_too(tmp_path, how, said):
    # In a process of one thread, as the command is: with several, another thread may receive the signal.
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(how=how)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == (said, "")
    pid = int((tmp_path / "pid").read_text())
    with suppress(psutil.NoSuchProcess):
        assert psutil.wait_procs([psutil.Process(pid)], timeout=120)[1] == []


GRANDCHILD = """
import os, signal, subprocess, sys
child = "import ctypes, signal; {before}; from penstock.core.process import end_with_parent; "
child += "end_with_parent({parent}); "
child += "print('on', flush=True); signal.pause()"
process = subprocess.Popen([sys.executable, "-c", child.format(parent={given})], stdout=subprocess.PIPE)
print(process.pid, process.stdout.readline().decode().strip(), flush=True)
signal.pause()
"""


def started(given, before="pass"):
    program = GRANDCHILD.replace("{given}", given).replace("{before}", before)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.slow
@pytest.mark.parametrize(
    "before", ["pass", "ctypes.CDLL = lambda name: None"], ids=["Linux", "a system without the call of Linux"]
)
def test_process_ends_when_its_parent_is_killed(before):
    parent = started("os.getpid()", before)
    pid, said = parent.stdout.readline().split()
    child = psutil.Process(int(pid))
    assert said == "on"
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    assert psutil.wait_procs([child], timeout=600)[1] == []


def test_process_whose_parent_has_ended_ends_immediately():
    with started("1") as parent:
        assert parent.stdout.readline().split()[1:] == []
        parent.kill()


USE = """
import sys
from penstock.core.process import import_lazily
import_lazily(["slow.inner"])
import_lazily(["slow.inner"])
from slow import inner

print("loaded" if "loaded" in sys.modules else "waiting")
{use}
print("loaded" if "loaded" in sys.modules else "waiting")
print(sum(type(finder).__name__ == "_LazyFinder" for finder in sys.meta_path))
"""


@pytest.fixture
def package(tmp_path):
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "__init__.py").write_text("")
    (tmp_path / "slow" / "inner.py").write_text("import loaded\nvalue = 7\n")
    (tmp_path / "loaded.py").write_text("")
    return tmp_path


def printed(package, use):
    code = USE.format(use=use)
    environment = {"PYTHONPATH": f"{package}:{':'.join(path for path in sys.path if path)}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


LOOK_FOR_SOURCE = "import inspect; inspect.getmodule(inspect.currentframe()); assert 'inner' in inner.__file__"


@pytest.mark.parametrize(
    ("use", "after"), [("", "waiting"), ("assert inner.value == 7", "loaded"), (LOOK_FOR_SOURCE, "waiting")]
)
def test_deferred_module_loads_at_its_first_use(package, use, after):
    assert printed(package, use) == ["waiting", after, "1"]


def test_missing_module_raises_the_usual_error(package):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        printed(
            package,
            "from penstock.core.process import import_lazily; import_lazily(['slow.none']); from slow import none",
        )
    assert "ImportError" in failed.value.stderr


@pytest.mark.slow
def test_modules_that_a_run_does_not_use_are_not_loaded():
    code = (
        "import sys; from components.tfx_internals import UNUSED; from pipeline.plan import prepare_imports\n"
        "prepare_imports()\n"
        "print('kubernetes' in sys.modules, all(name in sys.modules for name in UNUSED))\n"
        "from tfx.components.infra_validator.model_server_runners import kubernetes_runner\n"
        "print(kubernetes_runner.KubernetesRunner.__name__, 'kubernetes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-4:] == ["False", "True", "KubernetesRunner", "True"]


def test_work_is_done_here_while_the_function_runs_in_the_fork():
    done = []
    assert during_subprocess(lambda: done.append(os.getpid()), os.getpid) != os.getpid()
    assert done == [os.getpid()]
