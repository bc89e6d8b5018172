"""Texts as vectors: what counts as a word, in which bucket, and how much it weighs."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow

BUCKETS = 4096


@pytest.fixture(scope="module")
def texts():
    from modules.transform import texts

    return texts


def document_frequencies(texts, columns, buckets=BUCKETS):
    """Return the counts of columns of texts; None is missing."""
    import tensorflow as tf

    there = [(row, column) for column, of in enumerate(columns) for row, text in enumerate(of) if text is not None]
    values = [columns[column][row] for row, column in there]
    values = [text if isinstance(text, bytes) else text.encode() for text in values]
    rows, numbers = (tf.constant([place[axis] for place in there], tf.int64) for axis in (0, 1))
    size = tf.constant(len(columns[0]), tf.int64)
    return texts.count(tf.constant(values, tf.string), rows, numbers, (size, len(columns), buckets))


def vectors(texts, column, sums=None, buckets=BUCKETS):
    """Return the vector of each text; all of them are those that are learned from, but where sums are given."""
    import tensorflow as tf

    counts = document_frequencies(texts, [column], buckets)
    known = texts.document_frequencies(counts)[0] if sums is None else sums
    return texts.tf_idf(counts, tf.cast(known, tf.float64)).numpy()[:, 0]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("rain", {"rain"}),
        ("Rain, rain; RAIN!", {"rain", "rain rain"}),
        ("heavy rain falls", {"heavy", "rain", "falls", "heavy rain", "rain falls"}),
        ("snake_case 3.5%", {"snake", "case", "3", "5", "snake case", "case 3", "3 5"}),
        ("ÜBER größer", {"über", "größer", "über größer"}),
        ("ДОЖДЬ", {"дождь"}),
        ("東京", {"東", "京", "東 京"}),
        ("a\nb\tc", {"a", "b", "c", "a b", "b c"}),
        ("", set()),
        ("…!?", set()),
    ],
)
def test_terms_of_a_text_are_its_words_and_pairs_of_words(texts, text, terms):
    import tensorflow as tf

    words, pairs = texts.terms(tf.constant([text]))
    assert {term.decode() for found in (words, pairs) for term in found.values.numpy()} == terms
    assert all((" " in term.decode()) is (found is pairs) for found in (words, pairs) for term in found.values.numpy())


@pytest.mark.parametrize("buckets", [2, 3, 64, 1024])
def test_words_and_pairs_of_words_have_buckets_of_their_own_and_pairs_weigh_less(texts, buckets):
    own = texts.buckets_of_words(buckets)
    assert 0 < own < buckets
    word, both = vectors(texts, ["rain", "rain falls"], sums=np.zeros(buckets + 1), buckets=buckets)
    assert word[:own].any()
    assert not word[own:].any()
    assert 0 < both[own:].max() < both[:own].max()


def test_text_that_is_no_utf_8_has_a_vector_all_the_same(texts):
    found = vectors(texts, [b"caf\xe9 au lait", "cafe"])
    assert np.isfinite(found).all()
    assert found[0].any()


def test_vectors_have_the_length_one_or_none(texts):
    found = vectors(texts, ["rain falls on the plain", "rain", None, "…"])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 1, 0, 0], atol=1e-3)


def test_rare_word_weighs_more_than_a_frequent_one(texts):
    column = ["common rare", *["common"] * 9]
    first = vectors(texts, column)
    rare = np.flatnonzero(first[0] * (first[1] == 0))
    common = np.flatnonzero(first[1])
    assert first[0][rare].max() > 1.5 * first[0][common].max()


def test_word_that_is_repeated_weighs_more_but_not_as_often(texts):
    first = vectors(texts, ["a b", "a a a a a a b"], sums=np.zeros(BUCKETS + 1))
    word = np.flatnonzero(vectors(texts, ["a"])[0])[0]
    other = np.flatnonzero(vectors(texts, ["b"])[0])[0]
    shares = first[:, word] / first[:, other]
    assert shares[0] == pytest.approx(1, abs=1e-2)
    assert 1 < shares[1] < 6


def test_numbers_fit_sixteen_bits(texts):
    found = vectors(texts, [f"word{n} word{n * 7 % 5} and more of number {n % 3}" for n in range(50)], buckets=64)
    np.testing.assert_array_equal(found.astype(np.float16).astype(np.float32), found)


def test_texts_of_several_columns_are_separate(texts):
    counts = document_frequencies(texts, [["rain", None], ["snow", "rain"]])
    alone = document_frequencies(texts, [["rain", None]])
    np.testing.assert_array_equal(counts.buckets[:, 0], alone.buckets[:, 0])
    np.testing.assert_array_equal(counts.buckets[1, 1], alone.buckets[0, 0])
    assert counts.present.numpy().tolist() == [[True, True], [False, True]]
    sums = texts.document_frequencies(counts).numpy().reshape(2, BUCKETS + 1)
    assert sums[:, -1].tolist() == [1, 2]
    assert sums[:, :-1].sum(axis=1).tolist() == [1, 2]


def test_no_rows_have_no_counts(texts):
    counts = document_frequencies(texts, [[], []])
    assert counts.buckets.shape == (0, 2, BUCKETS)
    assert not texts.document_frequencies(counts).numpy().any()
