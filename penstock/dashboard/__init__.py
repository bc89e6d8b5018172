"""The dashboard: pages over the metadata stores and registries of one or more pipelines, read-only without a token."""
