"""Whether a prediction server answers as the model predicts offline: golden rows, requests, and the comparison."""
