"""The application: configuration, definition of the pipeline, runners, and the read side over the metadata."""

from pipeline.arrow_guard import guard_arrow

# Each of our packages imports this one, so that no process of ours reads a file before.
guard_arrow()
