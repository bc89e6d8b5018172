"""Model cards: their facts from an experiment and `[card]`, and their texts."""
