"""The application: configuration, definition of the pipeline, runners, and the read side over the metadata."""

from pipeline.arrow_guard import guard_arrow

# Whatever of ours runs, in whatever process, imports this package: for its errors, if for nothing else.
guard_arrow()
