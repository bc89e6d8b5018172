"""Logs of requests, written as the server writes them."""

from pathlib import Path

import numpy as np

from penstock.server.copying.answered import Answered
from penstock.server.sampling.options import Sampling
from penstock.server.sampling.sampler import Sampler


def write_log(folder: Path, *answers: Answered, **options) -> Path:
    """Write answers into a log, one file for each model and signature."""
    outcomes = []
    sampler = Sampler(Sampling(folder, 1.0, **options), outcomes.append)
    for answer in answers:
        sampler.offer(answer)
    sampler.close()
    assert set(outcomes) <= {"written"}
    return folder


def answer(request="r", version=1, model="m", signature="serving_default", time=1_700_000_000.0, **inputs) -> Answered:
    """Return an answer whose output is zero for each row."""
    tensors = {name: _tensor(values) for name, values in (inputs or {"x": [1.0, 2.0], "s": ["a", ""]}).items()}
    count = len(next(iter(tensors.values())))
    return Answered(model, version, signature, tensors, {"probability": np.zeros(count)}, request, time)


def _tensor(values) -> np.ndarray:
    if isinstance(values, np.ndarray):
        return values
    if all(isinstance(value, str) for value in values):
        return np.array([value.encode() for value in values], object)
    return np.array(values)
