"""The application: configuration, definition of the pipeline, runners, and the read side over the metadata."""
