"""What Transform learns, piece by piece: moments that merge, values by frequency, vocabularies that come back."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def analysis():
    from modules.transform import analyzers as analysis

    return analysis


def combined(combine, *batches):
    """Return what a combiner makes of batches, each in an accumulator of its own."""
    parts = [combine.add_input(combine.create_accumulator(), batch) for batch in batches]
    return combine.extract_output(combine.merge_accumulators([combine.create_accumulator(), *parts]))


numbers = arrays(np.float64, st.tuples(st.integers(0, 30), st.just(2)), elements=st.floats(-1e6, 1e6) | st.just(np.nan))


@settings(max_examples=100, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=4))
def test_moments_of_parts_are_the_moments_of_the_whole(batches):
    from modules.transform.analyzers import CombineMoments

    found = combined(CombineMoments(2), *[(batch,) for batch in batches])
    whole = np.concatenate(batches)
    for column in range(2):
        present = whole[:, column][~np.isnan(whole[:, column])]
        assert found.count[column] == len(present)
        if len(present):
            assert found.mean[column] == pytest.approx(present.mean(), rel=1e-9, abs=1e-6)
            assert found.squares[column] == pytest.approx(((present - present.mean()) ** 2).sum(), rel=1e-6, abs=1e-2)


def test_spread_far_from_zero_keeps_its_digits(analysis):
    values = 1e9 + np.arange(1000.0)[:, None]
    found = combined(analysis.CombineMoments(1), (values[:300],), (values[300:],))
    assert found.spread[0] == pytest.approx(values.std(), rel=1e-9)


@pytest.mark.parametrize("value", [0.0, 1e12 / 3, np.nan])
def test_constant_and_missing_columns_have_no_spread(analysis, value):
    assert combined(analysis.CombineMoments(1), (np.full((99, 1), value),)).spread[0] == 0.0


def test_values_are_counted_by_column(analysis):
    batch = (np.array([b"a", b"a", b"b"], object), np.array([0, 1, 1]))
    expected = [Counter({b"a": 2}), Counter({b"a": 2, b"b": 2}), Counter()]
    assert combined(analysis.CountValues(3), batch, batch) == expected


def test_the_rarest_values_are_forgotten_where_there_are_too_many(analysis, monkeypatch):
    monkeypatch.setattr(analysis, "MAX_DISTINCT", 4)
    counters = [Counter({f"{n}".encode(): n for n in range(1, 7)})]
    assert analysis.CountValues(1).compact(counters) == [Counter({b"6": 6, b"5": 5})]


def test_values_are_ordered_by_falling_frequency_then_by_value(analysis):
    counter = Counter({b"rare": 1, b"b": 3, b"a": 3, b"often": 9, b"two\nlines": 8, b"re\rturn": 8})
    assert analysis.by_frequency(counter, 10) == [b"often", b"a", b"b", b"rare"]
    assert analysis.by_frequency(counter, 2) == [b"often", b"a"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1))))
def test_vocabularies_come_back_as_they_were_written(tmp_path_factory, vocabularies):
    from modules.transform.analyzers import read, write

    here = tmp_path_factory.mktemp("vocabulary")
    for folder in (str(here), f"ram://{here.name}"):
        file = write([[value.encode() for value in values] for values in vocabularies], folder)
        assert read(file, len(vocabularies)) == vocabularies
