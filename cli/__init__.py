"""The `penstock` command: one file per verb, each importing what it needs when it runs."""
