"""Modules that load when they are first used."""

import subprocess
import sys

import pytest

USE = """
import sys
from pipeline.deferral import defer
defer(["slow.inner"])
defer(["slow.inner"])
from slow import inner

print("loaded" if "loaded" in sys.modules else "waiting")
{use}
print("loaded" if "loaded" in sys.modules else "waiting")
print(sum(type(finder).__name__ == "_Deferring" for finder in sys.meta_path))
"""


@pytest.fixture
def package(tmp_path):
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "__init__.py").write_text("")
    (tmp_path / "slow" / "inner.py").write_text("import loaded\nvalue = 7\n")
    (tmp_path / "loaded.py").write_text("")
    return tmp_path


def told(package, use):
    code = USE.format(use=use)
    environment = {"PYTHONPATH": f"{package}:{':'.join(path for path in sys.path if path)}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(("use", "after"), [("", "waiting"), ("assert inner.value == 7", "loaded")])
def test_deferred_module_loads_at_its_first_use(package, use, after):
    assert told(package, use) == ["waiting", after, "1"]


def test_module_that_is_not_there_is_not_found_as_ever(package):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        told(package, "from pipeline.deferral import defer; defer(['slow.none']); from slow import none")
    assert "ImportError" in failed.value.stderr


@pytest.mark.e2e
def test_what_a_run_has_no_use_for_is_not_loaded():
    code = (
        "import sys; from components.tfx_internals import UNUSED; from pipeline.plan import prepare_imports\n"
        "prepare_imports()\n"
        "print('kubernetes' in sys.modules, all(name in sys.modules for name in UNUSED))\n"
        "from tfx.components.infra_validator.model_server_runners import kubernetes_runner\n"
        "print(kubernetes_runner.KubernetesRunner.__name__, 'kubernetes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-4:] == ["False", "True", "KubernetesRunner", "True"]
