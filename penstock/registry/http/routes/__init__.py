"""The paths of the HTTP API."""
