"""What a version carries, compared with what a server answers."""

import json

import pytest

from penstock.core.documents.certificate import Certificate, Rows
from penstock.core.errors import ConfigError, DataError, PenstockError
from penstock.parity.checking import Servers
from penstock.parity.rest import RestServer
from penstock.parity.verification import Verification, expected_of, sentence, verify
from penstock.versions.record import CERTIFICATE, GOLDEN_ROWS
from tests.penstock.parity.tiny_server import golden, model


@pytest.fixture
def version(tmp_path):
    """A version with a certificate and golden rows."""
    folder = tmp_path / "3"
    write(folder, golden())
    return folder


def write(folder, rows, digest=None):
    (folder / CERTIFICATE).parent.mkdir(parents=True, exist_ok=True)
    described = Rows(rows=len(rows), of=9, digest=digest or rows.digest)
    certificate = Certificate(model="m", server="s", rows=described, tolerance=1e-5, forms=())
    (folder / CERTIFICATE).write_text(certificate.text())
    (folder / GOLDEN_ROWS).write_bytes(rows.content())


def verified(server, version, url=None):
    client = RestServer(url or server.url, "taxi", 3)
    try:
        return verify(Servers(rest=client), 3, expected_of(version))
    finally:
        client.close()


@pytest.mark.slow
def test_server_that_answers_as_expected_is_the_same(server, version):
    found = verified(server, version)
    assert (found.state, found.rows, found.tolerance, found.difference) == ("same", 3, 1e-5, None)
    assert [form.form for form in found.forms] == ["JSON rows", "JSON columns", "tf.Example over REST"]
    assert [each.form for each in found.latency] == ["JSON rows"]
    assert Verification.model_validate(json.loads(json.dumps(found.plain()))) == found
    assert sentence(found) == "Nothing differs."


def test_server_with_another_model_differs_in_a_row(server, version):
    server.model = lambda row: model(row) | {"probability": model(row)["probability"] + (row["kind"] == "Card")}
    found = verified(server, version)
    assert found.state == "differs"
    assert sentence(found) == "Differs: JSON rows, golden row 2: expected probability 8.25, received probability 9.25."
    assert found.difference.columns == {"the fare": None, "kind": "Card", "pair": [None, 4.0]}
    assert found.latency == ()


def test_server_with_another_version_differs_and_its_versions_are_named(server, version):
    server.versions = [1, 2]
    assert sentence(verified(server, version)) == "Differs: expected version 3, received versions 1, 2."
    server.versions = [2]
    assert sentence(verified(server, version)) == "Differs: expected version 3, received version 2."
    server.versions = []
    assert "Servable not found" in sentence(verified(server, version))


@pytest.mark.slow
def test_address_of_a_model_is_compared_whatever_its_version(server, version):
    server.versions = [1]
    assert verified(server, version, f"{server.url}/v1/models/taxi").state == "same"


def test_server_that_answers_something_else_differs_as_a_whole(server, version):
    server.predict = lambda body: {}
    found = verified(server, version)
    assert found.difference.row is None
    assert sentence(found) == 'Differs: JSON rows, expected "predictions" in the answer, received {}.'


@pytest.mark.parametrize("name", [CERTIFICATE, GOLDEN_ROWS])
def test_version_without_a_file_of_the_certificate_is_refused(version, name):
    (version / name).unlink()
    with pytest.raises(DataError, match=f"expected its file {name}, received no such file; push it again"):
        expected_of(version)


def test_rows_that_are_not_those_of_the_certificate_are_refused(version):
    write(version, golden(), digest="other")
    with pytest.raises(DataError, match="expected the rows of the certificate, received others"):
        expected_of(version)


def test_damaged_rows_are_refused(version):
    (version / GOLDEN_ROWS).write_bytes(b"x")
    with pytest.raises(PenstockError, match="golden rows, undamaged"):
        expected_of(version)


def test_given_tolerance_takes_the_place_of_that_of_the_certificate(version):
    assert expected_of(version, 0.5).tolerance == 0.5


def test_no_address_is_refused(version):
    with pytest.raises(ConfigError, match="the address of a server"):
        verify(Servers(), 3, expected_of(version))
