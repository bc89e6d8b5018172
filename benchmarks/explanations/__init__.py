"""Explanations of trees compared with those of shap's TreeExplainer, which has an environment of its own."""
