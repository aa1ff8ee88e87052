"""What FeatureSpace is told of a column, and of columns whose values count together."""

from minigrad.saving import deserialize_keras_object, serialize_keras_object
from minigrad.saving.configurable import Configurable


def _check_mode(output_mode, allowed):
    if output_mode not in allowed:
        raise ValueError(
            f"Invalid value for argument `output_mode`. Expected one of {allowed}. "
            f"Received: output_mode={output_mode}"
        )


class Cross(Configurable):
    """Features whose values count together: `FeatureSpace.cross`."""

    def __init__(self, feature_names, crossing_dim, output_mode="one_hot"):
        _check_mode(output_mode, ("int", "one_hot"))
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = output_mode

    @property
    def name(self):
        """The names of the features, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self):
        return {
            "feature_names": self.feature_names,
            "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }


class Feature(Configurable):
    """How a column is read and encoded: `FeatureSpace.feature`."""

    def __init__(self, dtype, preprocessor, output_mode):
        _check_mode(output_mode, ("int", "one_hot", "float"))
        self.dtype = dtype
        if isinstance(preprocessor, dict):
            preprocessor = deserialize_keras_object(preprocessor)
        self.preprocessor = preprocessor
        self.output_mode = output_mode

    def get_config(self):
        return {
            "dtype": self.dtype,
            "preprocessor": serialize_keras_object(self.preprocessor),
            "output_mode": self.output_mode,
        }
