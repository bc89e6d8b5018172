"""How two runs differ, part by part: examples, statistics, schema, vocabularies, arrays, metrics and verdict."""
