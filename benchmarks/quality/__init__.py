"""Quality of the models compared with scikit-learn's, on the same rows, columns and splits."""
