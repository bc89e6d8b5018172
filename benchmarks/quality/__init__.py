"""How good the models are, beside those of scikit-learn: same rows, same columns, same splits."""
