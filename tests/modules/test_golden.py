"""Golden rows from the files of a split."""

from pathlib import Path

import pytest

from tests.modules.conftest import DENSE, ROLES, example, spec_of, table

pytestmark = pytest.mark.slow


def test_rows_of_the_files_cover_categories_and_missing_values(transformed):
    from modules import golden

    known = transformed("binary")
    chosen = golden.choose([str(known / "rows.gz")], spec_of("binary"), 10)
    assert chosen.of == len(table("binary"))
    assert chosen.categories == {"paid": 4, "zone": 7, "dichter text/b": 2, "shared": 2}
    assert chosen.left_out == ()
    assert len(chosen.examples) < 80
    assert set(chosen.examples) <= {example(row) for row in table("binary")}
    assert golden.choose([str(known / "rows.gz")], spec_of("binary"), 10) == chosen


def test_document_has_the_columns_of_the_signature_without_the_label(fitted):
    from modules import golden
    from penstock.versions.signature import signatures_of

    known = fitted("binary")
    inputs = signatures_of(Path(known.saved))["serving_default"]["inputs"]
    rows = [row for row in known.rows if None not in row.values()][:3]
    found = golden.golden_rows([example(row) for row in rows], known.spec, inputs)
    assert set(found.names.values()) == set(ROLES)
    for name, value in found.row(1).items():
        is_text = isinstance(value, str)
        assert value == (rows[1][name] if is_text else pytest.approx(rows[1][name], rel=1e-6)), name
    assert found.types["paid"] == "string"


def test_example_without_a_column_keeps_the_others():
    import tensorflow as tf

    from modules import golden

    row = table("binary")[0]
    parsed = tf.train.Example.FromString(golden.without(example(row), "dense"))
    assert set(parsed.features.feature) == set(row) - {"dense"}
    assert golden.only(example(row), set(DENSE)) == golden.only(example(dict(reversed(row.items()))), set(DENSE))
