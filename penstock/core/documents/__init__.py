"""Typed documents that components write, and that the command, the reports and the server read."""
