import pytest

from penstock.server.errors import ServingError
from penstock.server.rest.inference.requests import read


def test_a_request_has_a_json_part_and_binary_data():
    request = read(b'{"id":"a","parameters":{"signature_name":"s"},"inputs":[]}xyz', "58")
    assert (request.identity, request.signature, request.inputs, request.binary) == ("a", "s", [], b"xyz")


def test_without_a_header_all_is_json():
    request = read(b'{"inputs":[{"data":[NaN]}]}', None)
    assert (request.identity, request.signature, request.binary) == (None, "serving_default", b"")


def test_objects_with_equal_keys_are_read():
    request = read(b'{"inputs":[{"name":"a","data":[NaN],"name":"b"}],"inputs":[{"name":"c","name":"d"}]}', None)
    assert request.inputs == [{"name": "d"}]


@pytest.mark.parametrize("length", ["-1", "1.0", "", "\u0661", "99"])
def test_a_wrong_size_of_the_json_part_is_refused(length):
    with pytest.raises(ServingError, match="expected the size of its JSON part"):
        read(b"{}", length)
