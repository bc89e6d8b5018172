"""Rows as TFRecord files of tf.Example."""
