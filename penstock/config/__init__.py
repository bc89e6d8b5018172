"""The frozen, typed form of `pipeline.toml`."""
