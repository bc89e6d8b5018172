"""Typed documents: what components write, and what the command, the reports and the server read."""
