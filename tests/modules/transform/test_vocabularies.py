"""The vocabularies that Transform wrote, by column, and the classes of a label."""

from types import SimpleNamespace

import pytest

from penstock.core.features import Feature, FeatureSpec

pytestmark = pytest.mark.slow

COLOR = (Feature("color", "categorical"), Feature("miles", "numeric"))
VALUES = [[b"red", b"blue"], [b"often", b"rare", b"never"]]


@pytest.mark.parametrize(
    ("task", "order", "names", "classes"),
    [
        ("binary", (), ["color"], []),
        ("multiclass", (), ["color", "kind"], ["often", "rare", "never"]),
        ("multiclass", ("never", "rare", "often"), ["color"], ["never", "rare", "often"]),
    ],
)
def test_classes_have_their_order_or_that_of_their_frequency(tmp_path, task, order, names, classes):
    from modules.transform.analyzers import write
    from modules.transform.vocabularies import classes_of, vocabularies

    file = write(VALUES[: len(names)], str(tmp_path))
    transform = SimpleNamespace(vocabulary_file_by_name=lambda _: file)
    spec = FeatureSpec("kind", task, COLOR, order=order)
    written = [[value.decode() for value in values] for values in VALUES]
    assert vocabularies(spec, transform) == dict(zip(names, written, strict=False))
    assert classes_of(spec, transform) == classes


def test_table_of_numbers_has_no_vocabulary():
    from modules.transform.vocabularies import vocabularies

    assert vocabularies(FeatureSpec("tip", "binary", COLOR[1:]), None) == {}
