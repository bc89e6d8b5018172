import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.server.errors import ServingError
from penstock.server.rest.json.base64 import decoded


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("YQ==", b"a"),
        ("YQ", b"a"),
        ("YQ..", b"a"),
        ("YWI", b"ab"),
        (" Y\tW\nJ j ", b"abc"),
        ("+/+/", b"\xfb\xff\xbf"),
    ],
)
def test_base64_is_decoded_as_abseil_does(text, data):
    assert decoded(text) == decoded(text.encode()) == data


@pytest.mark.parametrize("text", ["Y", "Y===", "YQ=", "YQ===", "YWJj=", "YWJj====", "YW*j", "-_-_", "YQ==YQ==", "é"])
def test_wrong_base64_is_refused(text):
    with pytest.raises(ServingError, match="Unable to base64 decode"):
        decoded(text)


@given(st.binary(), st.booleans())
def test_what_was_encoded_is_decoded(data, padded):
    from base64 import b64encode

    text = b64encode(data).decode()
    assert decoded(text if padded else text.rstrip("=")) == data
