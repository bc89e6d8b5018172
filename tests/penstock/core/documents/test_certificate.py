"""The certificate as a document."""

import pytest

from penstock.core.documents.certificate import Certificate, Form, Latency, Rows
from penstock.core.errors import PenstockError

CERTIFICATE = Certificate(
    model="ab",
    server="cd",
    rows=Rows(rows=2, of=10, digest="ef", categories={"kind": 3}, left_out=("area",)),
    tolerance=1e-5,
    forms=(
        Form(form="JSON rows", requests=1, largest={"probability": 1e-7, "label": 0.0}),
        Form(form="columns over gRPC", requests=1, largest={"probability": 3e-7}),
    ),
    latency=(Latency(form="JSON rows", requests=100, p50_ms=1.5, p99_ms=2.5, budget_ms=10),),
    versions={"tensorflow": "2.16.2"},
)


def test_file_has_the_same_values_and_the_largest_difference_is_that_of_any_form(tmp_path):
    (tmp_path / Certificate.FILE).write_text(CERTIFICATE.text())
    read = Certificate.read(tmp_path)
    assert read == CERTIFICATE
    assert read.largest == 3e-7


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1, "model": 1}'])
def test_damaged_file_is_refused_in_one_sentence(content):
    with pytest.raises(PenstockError, match="expected the certificate of a model, undamaged"):
        Certificate.parse(content, "certificate.json")
