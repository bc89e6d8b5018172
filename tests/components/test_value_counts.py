"""Counts of the values of categories: of which columns, and over several batches."""

import pytest

pytestmark = pytest.mark.slow


def counted(columns, categories, *, twice=False):
    """Return the counts of each column that has them, of rows that came in one batch or in two."""
    import pyarrow as pa
    from tensorflow_data_validation.statistics import stats_impl

    from components.value_counts import options
    from penstock.core.value_counts import value_counts
    from penstock.tables.examples.write import to_lists

    batch = to_lists(pa.RecordBatch.from_pydict(columns))
    generators = stats_impl.get_generators(options(categories), in_memory=True)
    partial = [each.create_accumulator() for each in generators]
    for _ in range(1 + twice):
        partial = [each.add_input(before, batch) for each, before in zip(generators, partial, strict=True)]
    [found] = stats_impl.extract_statistics_output(partial, generators).datasets
    counts = {feature.path.step[0]: value_counts(feature) for feature in found.features}
    return {
        name: {bucket.label: bucket.sample_count for bucket in ranks.buckets} for name, ranks in counts.items() if ranks
    }


def test_named_columns_of_numbers_are_counted_and_no_other():
    columns = {"whole": [3, 3, None], "flag": [True, False, True], "text": ["a", "b", "b"], "other": [1, 2, 3]}
    found = counted(columns, ["whole", "flag", "text", "absent"])
    assert found == {"whole": {"3": 2}, "flag": {"1": 2, "0": 1}}
    assert counted(columns, []) == {}


def test_counts_of_batches_are_added():
    assert counted({"whole": [7, 8, 8]}, ["whole"], twice=True) == {"whole": {"7": 2, "8": 4}}


def test_column_without_a_value_has_no_counts():
    assert counted({"whole": [None, None]}, ["whole"]) == {}


def test_fractions_are_counted_too():
    [[(label, rows)]] = [found.items() for found in counted({"size": [1.5, 1.5]}, ["size"]).values()]
    assert (float(label), rows) == (1.5, 2)
