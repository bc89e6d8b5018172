"""What TFX loads by name inside its components: features, preprocessing, training and the exported signatures."""
