"""A pushed version: its document, its signatures, and scoring with it."""
