"""The paths of the pages."""
