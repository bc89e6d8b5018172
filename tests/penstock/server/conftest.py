"""Small SavedModels, written once per session; tests copy what they change."""

import pytest


@pytest.fixture(scope="session")
def mixed_model(tmp_path_factory):
    """The folder of the versions 1 and 2 of a model with floats, whole numbers and text; `bias` is the number."""
    from tests.penstock.server.saved_models import write_mixed

    folder = tmp_path_factory.mktemp("models") / "mixed"
    for version in (1, 2):
        write_mixed(folder / str(version), float(version))
    return folder


@pytest.fixture(scope="session")
def estimator_model(tmp_path_factory):
    """The folder of version 7 of a model with signatures to classify and to regress."""
    from tests.penstock.server.saved_models import write_estimator

    folder = tmp_path_factory.mktemp("models") / "estimator"
    write_estimator(folder / "7")
    return folder
