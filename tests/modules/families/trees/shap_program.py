"""Explains rows with shap in its environment: `shap_program.py FOLDER...`, with model, rows and parameters.

Writes `values.npy` [rows, features, units]. Of LightGBM's model, whose parameters are in `how.json`, shap asks
LightGBM. Where there are none, it gets the trees node by node and uses its own algorithm.
"""

import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
import shap


def main() -> None:
    """Explain the rows of each folder."""
    for folder in map(Path, sys.argv[1:]):
        parameters = json.loads((folder / "how.json").read_text())
        model = lightgbm.Booster(model_file=str(folder / "model.txt"), params=parameters)
        explainer = shap.TreeExplainer(
            model if parameters else trees_of(model), feature_perturbation="tree_path_dependent"
        )
        rows = np.load(folder / "rows.npy")
        np.save(folder / "values.npy", np.asarray(explainer.shap_values(rows)).reshape(*rows.shape, -1))


def trees_of(model: lightgbm.Booster) -> dict:
    """Return a model as shap takes any trees."""
    trees = [nodes_of(each["tree_structure"]) for each in model.dump_model()["tree_info"]]
    return {"trees": trees, "input_dtype": np.float64, "internal_dtype": np.float64}


def nodes_of(root: dict) -> dict:
    """Return a tree as shap takes it: arrays over its nodes, the first of which is the root."""
    nodes: list[list[float]] = []

    def add(node: dict) -> int:
        place = len(nodes)
        if "leaf_value" in node:
            nodes.append([-1, -1, -1, -1, 0.0, node["leaf_value"], node["leaf_count"]])
            return place
        assert node["decision_type"] == "<="
        nodes.append([])
        left, right = add(node["left_child"]), add(node["right_child"])
        default = left if node["default_left"] else right
        nodes[place] = [left, right, default, node["split_feature"], node["threshold"], 0.0, node["internal_count"]]
        return place

    add(root)
    left, right, default, feature, threshold, value, weight = np.array(nodes, np.float64).T
    return {
        "children_left": left,
        "children_right": right,
        "children_default": default,
        "feature": feature,
        "threshold": threshold,
        "value": value[:, None],
        "node_sample_weight": weight,
    }


if __name__ == "__main__":
    main()
