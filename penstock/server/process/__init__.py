"""The prediction server as a process: listening, limits, tokens, log, metrics and an orderly end."""
