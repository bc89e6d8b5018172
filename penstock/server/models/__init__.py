"""Loaded SavedModels, their versions, and predictions with them."""
