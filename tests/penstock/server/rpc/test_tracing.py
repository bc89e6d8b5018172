"""Ids of requests, and traces of clients."""

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry import trace

from penstock.server.rpc.tracing import identifier, traced

PROJECT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("given", ["a", "x" * 128, "0af7651916cd43dd-1/2:3"])
def test_id_of_the_client_is_kept(given):
    assert identifier(given) == given


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", "line\nbreak", "ä", b"bytes", "\x7f"])
def test_id_that_cannot_be_passed_on_is_replaced_by_a_new_one(given):
    first, second = identifier(given), identifier(given)
    assert first != second
    assert len(first) == len(second) == 32


def test_block_is_part_of_the_trace_and_what_follows_is_not():
    with traced("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        found = trace.get_current_span().get_span_context()
    assert (hex(found.trace_id), hex(found.span_id)) == ("0xaf7651916cd43dd8448eb211c80319c", "0xb7ad6b7169203331")
    assert not trace.get_current_span().get_span_context().is_valid


@pytest.mark.parametrize(
    "given", ["", "nonsense", "00-0-0-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]
)
def test_trace_that_cannot_be_read_is_ignored(given):
    with traced(given):
        assert not trace.get_current_span().get_span_context().is_valid


def test_block_is_a_span_of_the_trace_if_an_sdk_is_configured():
    program = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from penstock.server.rpc.tracing import traced

spans, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
with traced("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Predict"):
    pass
with traced("", "Predict"):
    pass
client, alone = spans.get_finished_spans()
print(client.name, client.kind.name, hex(client.context.trace_id), hex(client.parent.span_id), alone.parent)
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    expected = "Predict SERVER 0xaf7651916cd43dd8448eb211c80319c 0xb7ad6b7169203331 None"
    assert ran.stdout.strip() == expected, ran.stderr
