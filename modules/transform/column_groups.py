"""Which columns become scaled numbers, which have a vocabulary, and in which order, from the FeatureSpec only."""

from penstock.core.features import Feature, FeatureSpec

SCALED = ("numeric", "timestamp")
NOT_NUMBERS = ("categorical", "text", "vector")


def category_columns(spec: FeatureSpec) -> list[str]:
    """Return the columns that have a vocabulary, in the order of the file; a multiclass label is the last one.

    The classes of an ordinal label are in the configuration.
    """
    return spec.names("categorical") + ([spec.label] if spec.task == "multiclass" and not spec.order else [])


def number_columns(spec: FeatureSpec) -> list[Feature]:
    """Return the features that are numbers, those to be scaled first."""
    return sorted((f for f in spec.features if f.role not in NOT_NUMBERS), key=lambda f: f.role not in SCALED)


def scaled_width(spec: FeatureSpec) -> int:
    """Return the number of columns of z-scores."""
    return len(spec.names(*SCALED)) + sum(feature.width for feature in spec.features)


def text_sums(spec: FeatureSpec) -> int:
    """Return the number of document frequencies."""
    return len(spec.names("text")) * (spec.text_buckets + 1)
