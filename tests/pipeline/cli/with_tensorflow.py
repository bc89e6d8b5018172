"""What a process does whose forks run and score: it imports TensorFlow and TFX, and lets workers start as forks too.

`command.py` gives this text to the process; nobody imports it.
"""

from importlib import import_module

from pipeline.plan import prepare_imports
from tests.pipeline.cli import forked_worker

prepare_imports()
for name in ("components.candidate_server", "keras", "modules.preprocessing", "modules.training", "modules.evaluation"):
    import_module(name)
forked_worker.use()
