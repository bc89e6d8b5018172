"""The model family `auto`: a search over the other families, then an ensemble, within a time limit.

Kept as own code, because a candidate here is not a loss but the models and predictions of every fold: the ensemble is
selected from the predictions, and the models of the folds are exported as one SavedModel within the time limit.
KerasTuner, which Tuner uses, and Optuna return the best settings, so that everything after the sampler would still be
ours: what is left to a library is `search_space.sample_settings`, 20 lines. Measured once, on two cores: Optuna 5.0
takes 1.1 s to import and 9 ms per trial of its TPE sampler, and brings 4 packages that are not in the lock. FLAML does
the whole search within a time limit, but its models are estimators of scikit-learn, LightGBM or XGBoost, which have no
export to TensorFlow.
"""
