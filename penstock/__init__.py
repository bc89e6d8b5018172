"""The library: tables, configuration, metadata, versions, reports and serving; it knows no pipeline."""

from penstock.core.arrow_guard import guard_arrow

# Each of our packages imports this one, so that no process of ours reads a file before.
guard_arrow()
