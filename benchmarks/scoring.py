"""The AUC of the template's pushed model on its own eval split, for which the template has no metric.

A program of its own, because it needs TensorFlow: `python -m benchmarks.scoring FOLDER` prints the number.
"""

import sys
from pathlib import Path

from benchmarks.template import NAME

# Enough for an AUC that is accurate to three digits, in seconds.
MOST_ROWS, BATCH = 50_000, 4096
_BIG_TIP = 0.2


def main() -> None:
    """Print the AUC of the template that was run in the folder of the first argument."""
    output = Path(sys.argv[1]) / "tfx_pipeline_output" / NAME
    [*_, examples] = sorted((output / "CsvExampleGen" / "examples").glob("*/Split-eval"), key=_number)
    [*_, model] = sorted((output / "serving_model").iterdir(), key=_number)
    print(area(examples, model))


def area(examples: Path, model: Path) -> float:
    """Return the area under the curve that a saved model reaches on the rows of a split."""
    import numpy as np
    import tensorflow as tf
    from sklearn.metrics import roc_auc_score

    signature = tf.saved_model.load(str(model)).signatures["serving_default"]
    money = {name: tf.io.FixedLenFeature([], tf.float32, default_value=0.0) for name in ("fare", "tips")}
    files = [str(file) for file in sorted(examples.iterdir())]
    labels, scores = [], []
    for batch in tf.data.TFRecordDataset(files, compression_type="GZIP").take(MOST_ROWS).batch(BATCH):
        amounts = tf.io.parse_example(batch, money)
        labels.append((amounts["tips"] > _BIG_TIP * amounts["fare"]).numpy())
        scores.append(signature(examples=batch)["outputs"].numpy().ravel())
    return float(roc_auc_score(np.concatenate(labels), np.concatenate(scores)))


def _number(folder: Path) -> int:
    digits = next(part for part in (folder.name, folder.parent.name) if part.isdigit())
    return int(digits)


if __name__ == "__main__":
    main()
