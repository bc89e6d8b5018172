"""The registry: projects, models, experiments, versions, aliases, and the events that changed them."""
