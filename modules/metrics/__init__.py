"""Metrics: computed in one pass over the scored rows of a slice, with their confidence intervals.

Kept as own code because of what TFMA's own metrics cost. Measured once, on 5,000 scored rows of the taxi table in 31
slices, in processor time on two cores: AUC, average precision, accuracy, log loss, precision, recall, calibration and
the confusion matrix take TFMA 0.47 5.0 s (`analyze_raw_data`, Beam's in-memory runner), and 80 s with its jackknife
confidence intervals; here they take 0.02 s, intervals included. The values are compared with those of TFMA and
scikit-learn in the tests.
"""
