"""Which columns become scaled numbers, which have a vocabulary, and in which order; of the FeatureSpec alone."""

from penstock.core.features import Feature, FeatureSpec

SCALED = ("numeric", "timestamp")
NOT_NUMBERS = ("categorical", "text", "vector")


def category_columns(spec: FeatureSpec) -> list[str]:
    """Return the columns that have a vocabulary, in its order; a multiclass label comes last."""
    return spec.names("categorical") + ([spec.label] if spec.task == "multiclass" else [])


def number_columns(spec: FeatureSpec) -> list[Feature]:
    """Return the features that are numbers, those to be scaled first."""
    return sorted((f for f in spec.features if f.role not in NOT_NUMBERS), key=lambda f: f.role not in SCALED)


def scaled_width(spec: FeatureSpec) -> int:
    """Return how many numbers become z-scores."""
    return len(spec.names(*SCALED)) + sum(feature.width for feature in spec.features)


def text_sums(spec: FeatureSpec) -> int:
    """Return how many counts of texts are learned."""
    return len(spec.names("text")) * (spec.text_buckets + 1)
