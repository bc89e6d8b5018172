"""The model family `neural`: a Keras 3 network, its training loop, its warm start and its search space."""
