"""Serving: pushed model versions, and the rows that they score; a served model carries its own transform."""
