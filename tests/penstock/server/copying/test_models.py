"""Models whose requests are copied: the answers are the same, and the log has them with their ids."""

import asyncio

import numpy as np
import pyarrow.parquet as pq
import pytest

from penstock.server.copying.models import CopiedModels
from penstock.server.errors import Code, ServingError
from penstock.server.models.joining import Arrays, Called, Part
from penstock.server.rpc.tracing import REQUEST_ID
from penstock.server.sampling.options import Sampling
from penstock.server.sampling.sampler import Sampler


class Doubling:
    """Models that double their input."""

    model, version = "m", 4

    def run(self, servable, signature, tensors):
        if signature == "none":
            raise ServingError(Code.INVALID_ARGUMENT, "none")
        return {"y": tensors["x"] * 2}

    async def run_async(self, servable, signature, tensors):
        return self.run(servable, signature, tensors)

    async def run_rows(self, servable, signature, rows):
        return Part(Called(self.run(servable, signature, rows.joined([rows, rows]))), slice(rows.count, None))

    def names(self):
        return ["m"]


X = np.array([1.0, 2.0])


def test_answers_are_logged_with_the_id_of_their_request(tmp_path):
    outcomes = []
    sampler = Sampler(Sampling(tmp_path, share=1), outcomes.append)
    inner = Doubling()
    models = CopiedModels(inner, [sampler])
    REQUEST_ID.set("first")
    assert models.run(inner, "s", {"x": X})["y"].tolist() == [2, 4]
    REQUEST_ID.set("second")
    assert asyncio.run(models.run_async(inner, "s", {"x": X}))["y"].tolist() == [2, 4]
    REQUEST_ID.set("third")
    part = asyncio.run(models.run_rows(inner, "s", Arrays({"x": X}, 2)))
    assert part.outputs()["y"].tolist() == [2, 4]
    sampler.close()
    assert outcomes == ["written"] * 3
    (file,) = tmp_path.rglob("*.parquet")
    found = pq.read_table(file).to_pydict()
    assert found["penstock_request"] == ["first", "first", "second", "second", "third", "third"]
    assert (found["x"], found["penstock_output_y"], found["penstock_version"]) == ([1, 2] * 3, [2, 4] * 3, [4] * 6)
    assert min(found["penstock_time"]).year > 2020


def test_refused_request_is_not_logged(tmp_path):
    outcomes = []
    sampler = Sampler(Sampling(tmp_path, share=1), outcomes.append)
    with pytest.raises(ServingError):
        CopiedModels(Doubling(), [sampler]).run(Doubling(), "none", {"x": X})
    sampler.close()
    assert outcomes == []


def test_everything_else_is_the_models_own(tmp_path):
    sampler = Sampler(Sampling(tmp_path), print)
    assert CopiedModels(Doubling(), [sampler]).names() == ["m"]
    sampler.close()
