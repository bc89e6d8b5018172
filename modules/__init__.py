"""What TFX loads by name inside its components: features, preprocessing, training and the exported signatures."""

import penstock  # noqa: F401  it keeps Arrow from running what it reads
