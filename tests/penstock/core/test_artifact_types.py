"""The names of the artifact types, now and in earlier releases."""

import re

import pytest

from penstock.core import artifact_types


@pytest.mark.parametrize("name", artifact_types.NAMES)
def test_earlier_and_current_names_are_read_as_the_current_one(name):
    earlier = name.replace("components.", "penstock.")
    assert artifact_types.current_name(earlier) == artifact_types.current_name(name) == name
    assert artifact_types.recorded_names(name) == (name, earlier)


@pytest.mark.parametrize("name", ["Model", "penstock.Model", "DriftReport", ""])
def test_names_of_other_types_are_unchanged(name):
    assert artifact_types.current_name(name) == name
    assert artifact_types.recorded_names(name) == (name,)


@pytest.mark.parametrize("name", artifact_types.NAMES)
def test_names_have_the_form_that_kfp_allows(name):
    assert re.fullmatch(r"[a-z][a-z0-9-_]{2,20}[.][A-Z][a-zA-Z0-9-_]{2,49}", name)
