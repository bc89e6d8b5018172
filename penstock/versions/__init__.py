"""Pushed versions: their folders and the record that each carries."""
