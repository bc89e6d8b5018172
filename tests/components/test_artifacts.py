"""The artifact types of our own."""

import pytest

pytestmark = pytest.mark.slow

NAMES = ["AnomalyReport", "DriftReport", "ModelVerdict", "MonotonicityReport", "RowCounts", "ServingCertificate"]


@pytest.mark.parametrize("name", NAMES)
def test_type_is_named_like_its_class_and_can_be_made(name):
    from tfx.types.artifact import Artifact

    from components import artifacts

    kind = getattr(artifacts, name)
    assert issubclass(kind, Artifact)
    assert f"components.{name}" == kind.TYPE_NAME
    made = kind()
    made.set_int_custom_property("count", 3)
    assert (made.type_name, made.get_int_custom_property("count")) == (f"components.{name}", 3)


def test_no_two_types_share_a_name():
    from tfx.types.artifact import Artifact

    from components import artifacts

    kinds = [kind for kind in vars(artifacts).values() if isinstance(kind, type) and issubclass(kind, Artifact)]
    names = [kind.TYPE_NAME for kind in kinds if kind is not Artifact]
    assert sorted(names) == [f"components.{name}" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_type_can_be_imported_by_its_name_as_tfx_does_in_a_container(name):
    from tfx.utils.import_utils import import_class_by_path

    from components import artifacts

    kind = getattr(artifacts, name)
    assert import_class_by_path(kind.TYPE_NAME) is kind


def test_other_attributes_of_the_package_do_not_exist():
    import components

    with pytest.raises(AttributeError, match="module 'components' has no attribute 'Report'"):
        components.Report  # noqa: B018
