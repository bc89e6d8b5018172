"""Text as vectors: TF-IDF of words and pairs of words in hashed buckets."""

from typing import NamedTuple

import tensorflow as tf

# Words are separated by what is no letter, mark or digit; in scripts without spaces each sign is a word.
_BETWEEN_WORDS = r"[^\p{L}\p{M}\p{N}]+"
_SIGNS = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])"
# The share of the buckets for words; pairs of words, most of which occur once, have the rest. The weight of a pair
# relative to a word.
_WORDS_SHARE, _PAIR_WEIGHT = 0.75, 0.3


class Counts(NamedTuple):
    """The terms of texts.

    Attributes:
        buckets: The number of terms in each bucket, float32 [batch, columns, buckets].
        present: Whether there is a text, [batch, columns].
    """

    buckets: tf.Tensor
    present: tf.Tensor


def count(values: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor, shape: tuple[tf.Tensor, int, int]) -> Counts:
    """Return the counts of texts.

    Args:
        values: The texts of all columns, one after the other.
        rows: The row of each.
        columns: The column of each.
        shape: The numbers of rows, columns and buckets.
    """
    words, pairs = terms(values)
    texts = tf.concat([words.value_rowids(), pairs.value_rowids()], axis=0)
    word_buckets = buckets_of_words(shape[2])
    pair_hashes = tf.strings.to_hash_bucket_fast(pairs.values, shape[2] - word_buckets)
    buckets = tf.concat(
        [tf.strings.to_hash_bucket_fast(words.values, word_buckets), word_buckets + pair_hashes], axis=0
    )
    places = tf.stack([tf.gather(rows, texts), tf.gather(columns, texts), buckets], axis=1)
    counts = tf.scatter_nd(places, tf.ones_like(buckets, tf.float32), tf.stack(shape))
    present = tf.scatter_nd(tf.stack([rows, columns], axis=1), tf.ones_like(rows, tf.int32), tf.stack(shape[:2]))
    return Counts(tf.ensure_shape(counts, [None, *shape[1:]]), tf.ensure_shape(present > 0, [None, shape[1]]))


def document_frequencies(counts: Counts) -> tf.Tensor:
    """Return the number of texts in which each bucket occurs, then the number of texts, for each column: [1, sums]."""
    occurring = tf.reduce_sum(tf.cast(counts.buckets > 0, tf.float32), axis=0)
    total = tf.reduce_sum(tf.cast(counts.present, tf.float32), axis=0)
    return tf.reshape(tf.concat([occurring, total[:, None]], axis=1), [1, -1])


def tf_idf(counts: Counts, sums: tf.Tensor) -> tf.Tensor:
    """Return vectors of length 1, [batch, columns, buckets]; of length 0 if a text has no words.

    The term frequency is log(1 + count), and each bucket is weighted by its inverse document frequency. Method: Sparck
    Jones: A Statistical
    Interpretation of Term Specificity and Its Application in Retrieval, 1972; hashing: Weinberger and others: Feature
    Hashing for Large Scale Multitask Learning, ICML 2009.

    Args:
        counts: The terms of the texts.
        sums: The sum of `document_frequencies` over the training rows.
    """
    table = tf.cast(tf.reshape(sums, [counts.present.shape[1], -1]), tf.float32)
    idf = 1 + tf.math.log((1 + table[:, -1:]) / (1 + table[:, :-1]))
    buckets = counts.buckets.shape[2]
    word_buckets = buckets_of_words(buckets)
    kinds = tf.constant([1.0] * word_buckets + [_PAIR_WEIGHT] * (buckets - word_buckets))
    weights = tf.math.log1p(counts.buckets) * idf * kinds
    length = tf.norm(weights, axis=2, keepdims=True)
    # Rounded here, so that the training rows fit into half the memory without further loss.
    return tf.cast(tf.cast(tf.math.divide_no_nan(weights, length), tf.float16), tf.float32)


def buckets_of_words(buckets: int) -> int:
    """Return the number of buckets for words, which come first; there are at least two buckets."""
    return max(1, int(buckets * _WORDS_SHARE))


def terms(values: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """Return the words of each text, and the pairs of consecutive words."""
    words = tf.strings.regex_replace(tf.strings.lower(values, encoding="utf-8"), _SIGNS, r" \1 ")
    words = tf.strings.regex_replace(words, _BETWEEN_WORDS, " ")
    split = tf.strings.split(words)
    return split, tf.strings.ngrams(split, 2)
