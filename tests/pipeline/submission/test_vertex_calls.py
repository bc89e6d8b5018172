"""Calls of Vertex AI's clients: what is wrong before the first of them."""

import sys

import pytest

from penstock.config.kubeflow import Vertex
from penstock.core.errors import ConfigError, PenstockError
from pipeline.submission.vertex_calls import Command, address, call

pytestmark = pytest.mark.slow

COMMAND = Command("deploy vertex", 10)


def test_environment_without_the_client_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.cloud.aiplatform_v1", None)
    with pytest.raises(ConfigError) as caught:
        call(COMMAND, Vertex(), lambda: None)
    assert (caught.value.what, caught.value.expected) == ("deploy vertex", "the package google-cloud-aiplatform")


def test_error_of_ours_and_of_a_program_are_raised_as_they_are():
    def ours():
        raise PenstockError("the model", "one", "none", "make one")

    with pytest.raises(PenstockError, match="the model: expected one"):
        call(COMMAND, Vertex(), ours)
    with pytest.raises(ZeroDivisionError):
        call(COMMAND, Vertex(), lambda: 1 // 0)


def test_address_is_that_of_the_region_unless_another_one_is_set():
    assert address(Vertex(region="europe-west4")) == "europe-west4-aiplatform.googleapis.com"
    assert address(Vertex(endpoint="vertex.example.com:443")) == "vertex.example.com:443"
