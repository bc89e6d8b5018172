"""Tables that are checked before anything runs, and the sentence of what does not fit."""

import pytest

from penstock.core.errors import DataError
from penstock.tables.checks import check


def write(path, **columns):
    """Write a CSV file, and return its path."""
    rows = zip(*columns.values(), strict=True)
    path.write_text("\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return str(path)


def sentence(*arguments, **options):
    """Return what `check` refuses a table with."""
    with pytest.raises(DataError) as caught:
        check(*arguments, **options)
    text = str(caught.value)
    assert "\n" not in text
    return text
