"""The artifact types of our own."""

import pytest

pytestmark = pytest.mark.slow

NAMES = ["AnomalyReport", "DriftReport", "ModelVerdict", "RowCounts"]


@pytest.mark.parametrize("name", NAMES)
def test_type_is_named_like_its_class_and_can_be_made(name):
    from tfx.types.artifact import Artifact

    from components import artifacts

    kind = getattr(artifacts, name)
    assert issubclass(kind, Artifact)
    assert f"penstock.{name}" == kind.TYPE_NAME
    made = kind()
    made.set_int_custom_property("count", 3)
    assert (made.type_name, made.get_int_custom_property("count")) == (f"penstock.{name}", 3)


def test_no_two_types_share_a_name():
    from tfx.types.artifact import Artifact

    from components import artifacts

    kinds = [kind for kind in vars(artifacts).values() if isinstance(kind, type) and issubclass(kind, Artifact)]
    names = [kind.TYPE_NAME for kind in kinds if kind is not Artifact]
    assert sorted(names) == [f"penstock.{name}" for name in NAMES]
