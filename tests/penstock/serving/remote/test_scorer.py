"""A server as a scorer: the version of each answer, and a change of it."""

import re
from functools import partial

import numpy as np
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.remote.scorer import Server, connected
from tests.penstock.serving.remote.conftest import PATIENCE

ROWS = {"color": np.array([b"red", b"blue"], object), "count": np.array([1.0, 2.5])}


@pytest.fixture
def asked(server):
    return partial(Server, server.address(), patience=PATIENCE)


def test_version_that_the_server_has_answers_all_requests(server, asked):
    with connected(asked()) as remote:
        predictions, versions = remote.scorer.score(ROWS)
        server.now = 4
        server.says = False
        remote.scorer.score(ROWS)
    assert (predictions.to_pylist(), versions.to_pylist()) == ([2.0, 5.0], [3, 3])
    assert remote.scorer.outputs == ("prediction", "model_version")
    assert server.paths == ["/v1/models/m/versions/3:predict"] * 2


def test_change_of_version_is_refused_unless_it_is_asked_for(server, asked):
    with connected(asked()) as remote:
        server.now = 4
        with pytest.raises(DataError, match="expected answers of version 3, received one of version 4; name a version"):
            remote.scorer.score(ROWS)
    server.now = 3
    with connected(asked(any_version=True)) as remote:
        remote.scorer.score(ROWS)
        server.now = 4
        assert remote.scorer.score(ROWS)[1].to_pylist() == [4, 4]
        assert remote.versions == {3, 4}
        server.says = False
        with pytest.raises(DataError, match="expected answers with their version, for --any-version, received none"):
            remote.scorer.score(ROWS)
    assert set(server.paths[1:]) == {"/v1/models/m:predict"}


@pytest.mark.parametrize("fault", ["fewer", "more", "text", "none", "ragged", "one", "other"])
def test_answer_that_has_not_one_prediction_for_each_row_is_refused(server, asked, fault):
    server.faults = [fault]
    with connected(asked()) as remote, pytest.raises(DataError) as refused:
        remote.scorer.score(ROWS)
    assert re.search("expected (a prediction for each row|the outputs prediction), received ", str(refused.value))


def test_output_with_the_name_of_the_version_is_refused(server, asked):
    server.outputs = {"model_version": "DT_INT64"}
    with pytest.raises(ConfigError, match="received an output 'model_version'"), connected(asked()):
        pass
