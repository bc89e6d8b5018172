"""ExampleGen: rows of files and databases as examples."""
