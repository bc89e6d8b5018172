"""The report of a run: one document from the run's artifacts, and what is written of it: a page, Markdown, a card."""
