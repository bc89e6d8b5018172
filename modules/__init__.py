"""What TFX loads by name: preprocessing, training, tuning, evaluation and the exported signatures.

The files of this folder are those that a component names, and `tfma_internals`. Their parts are in folders: `transform`
(the analysis of the training rows and the graph), `metrics` (one pass over scored rows), `export` (what a SavedModel
says of its columns) and `families` (one model family per file or folder).
"""

import penstock  # noqa: F401  it stops Arrow from executing code in files that it reads
