"""Addresses of models, in each form, and what is none."""

import re

import pytest

from penstock.core.errors import ConfigError
from penstock.serving.remote.address import Address, parse


@pytest.mark.parametrize(
    ("url", "which", "address"),
    [
        ("http://h:8501/v1/models/m", None, Address("h:8501", "m")),
        ("https://h/v1/models/m/", None, Address("h", "m", secure=True)),
        ("http://h:1/v1/models/m/versions/12", None, Address("h:1", "m", 12)),
        ("http://h:1/v1/models/m/labels/stable", None, Address("h:1", "m", label="stable")),
        ("http://h:1/a/b/v1/models/m%20n", None, Address("h:1", "m n", prefix="/a/b")),
        ("h:8500", None, Address("h:8500", "taxi")),
        ("https://h:1/a/", None, Address("h:1", "taxi", secure=True, prefix="/a")),
        ("h:8500", "7", Address("h:8500", "taxi", 7)),
        ("[::1]:8500", "default", Address("[::1]:8500", "taxi", label="default")),
    ],
)
def test_address_is_read(url, which, address):
    assert parse(url, "taxi", which) == address


def test_path_is_quoted():
    address = Address("h:1", "m n", label="a/b", prefix="/p", secure=True)
    assert str(address) == "https://h:1/p/v1/models/m%20n/labels/a%2Fb"
    assert address.of_version(3).path == "/p/v1/models/m%20n/versions/3"
    assert address.server == "https://h:1/p"


@pytest.mark.parametrize(
    ("url", "which", "said"),
    [
        ("ftp://h/v1/models/m", None, "--url: expected http://HOST:PORT/v1/models/NAME, or HOST:PORT, received 'ftp"),
        ("", None, "received ''"),
        ("http://", None, "received 'http://'"),
        ("h:port", None, "received 'h:port'"),
        ("h:99999", None, "received 'h:99999'"),
        ("http://h/v1/models/m?x=1", None, "received 'http"),
        ("http://me:hush@h/v1/models/m", None, "received one with a user or a password; correct it"),
        ("http://h/v1/models/m:predict", None, "correct the path"),
        ("http://h/v1/models/m/versions/x", None, "correct the path"),
        ("http://h/v1", None, "correct the path"),
        ("http://h/v1/models/m/versions/1", "2", "--version: expected none with a version in --url, received 2; leave"),
    ],
)
def test_what_is_no_address_is_refused(url, which, said):
    with pytest.raises(ConfigError, match=re.escape(said)) as refused:
        parse(url, "taxi", which)
    assert "hush" not in str(refused.value)


def test_name_is_needed_without_a_configuration():
    with pytest.raises(ConfigError, match="received no name of a model; add /v1/models/NAME"):
        parse("h:8501", None)
