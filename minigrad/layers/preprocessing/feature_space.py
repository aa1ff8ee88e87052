"""FeatureSpace: the columns of a table, each encoded as its kind asks for."""

import numpy as np

from minigrad import naming, ops, tree
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.core.identity import Identity
from minigrad.layers.core.input_layer import Input
from minigrad.layers.layer import Layer
from minigrad.layers.preprocessing.category_encoding import CategoryEncoding
from minigrad.layers.preprocessing.discretization import Discretization
from minigrad.layers.preprocessing.feature import Cross, Feature
from minigrad.layers.preprocessing.hashed_crossing import HashedCrossing
from minigrad.layers.preprocessing.hashing import Hashing
from minigrad.layers.preprocessing.integer_lookup import IntegerLookup
from minigrad.layers.preprocessing.normalization import Normalization
from minigrad.layers.preprocessing.rescaling import Rescaling
from minigrad.layers.preprocessing.string_lookup import StringLookup
from minigrad.saving import deserialize_keras_object, save_model, serialize_keras_object

KINDS = """
float float_normalized float_rescaled float_discretized integer_categorical string_categorical
integer_hashed string_hashed
""".split()


class FeatureSpace(Layer):
    """The columns of a table as numbers for a model, each encoded as its kind asks for.

    Kinds of features, by name or by the methods of these names: "float", "float_normalized",
    "float_rescaled", "float_discretized", "integer_categorical", "string_categorical",
    "integer_hashed", "string_hashed".

    Args:
        features: A dict of names of columns and kinds.
        output_mode: "concat" for one vector a row, "dict" for each feature by itself.
        crosses: Tuples of names of features whose values count together.
        crossing_dim: Length of the vector of a cross.
        hashing_dim: Length of the vector of a hashed feature.
        num_discretization_bins: Bins of a discretized feature.
        name: Made up from the class if None.

    Raises:
        ValueError: no features, an unknown kind, a cross of what is no feature, or a call before
            `adapt`.

    >>> import minigrad as mg
    >>> table = {"age": [20.0, 30.0, 40.0], "colour": ["red", "blue", "red"]}
    >>> space = mg.utils.FeatureSpace(
    ...     {"age": "float_rescaled", "colour": "string_categorical"}
    ... )
    >>> space.adapt(table)
    >>> space(table).numpy()  # unknown, red, blue
    array([[20.,  0.,  1.,  0.],
           [30.,  0.,  0.,  1.],
           [40.,  0.,  1.,  0.]], dtype=float32)
    """

    keras_name = ("keras.utils", "FeatureSpace")

    def __init__(
        self,
        features,
        output_mode="concat",
        crosses=None,
        crossing_dim=32,
        hashing_dim=32,
        num_discretization_bins=32,
        name=None,
    ):
        super().__init__(name=name)
        if not features:
            raise ValueError(
                f"The `features` argument cannot be None or empty. Received: features={features}"
            )
        if output_mode not in ("dict", "concat"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'dict', 'concat'}. "
                f"Received: output_mode={output_mode}"
            )
        self.output_mode = output_mode
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {name: self._feature(name, kind) for name, kind in features.items()}
        self.crosses = [self._cross(cross) for cross in crosses or ()]
        self.preprocessors = {name: one.preprocessor for name, one in self.features.items()}
        self.crossers = {
            one.name: HashedCrossing(one.crossing_dim, name=one.name) for one in self.crosses
        }
        self.one_hot_encoders = {}
        self._encoded = self._inputs = None
        self._is_adapted = False
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    def _feature(self, name, kind):
        if isinstance(kind, dict):
            kind = deserialize_keras_object(kind)
        if isinstance(kind, Feature):
            return kind
        if kind not in KINDS:
            raise ValueError(f"Invalid feature type: expected one of {KINDS}. Received: {kind}")
        arguments = {}
        if kind.endswith("hashed"):
            arguments["num_bins"] = self.hashing_dim
        elif kind == "float_discretized":
            arguments["num_bins"] = self.num_discretization_bins
        return getattr(self, kind)(name=name, **arguments)

    def _cross(self, cross):
        if isinstance(cross, dict):
            cross = deserialize_keras_object(cross)
        if isinstance(cross, Cross):
            return cross
        missing = [name for name in cross if name not in self.features]
        if missing or not self.crossing_dim:
            raise ValueError(
                "All features referenced in the `crosses` argument should be present in the "
                "`features` dict, and `crossing_dim` should be given. "
                f"Received: crosses with {cross}, crossing_dim={self.crossing_dim}"
            )
        return Cross(cross, self.crossing_dim)

    # Kinds of features

    @classmethod
    def cross(cls, feature_names, crossing_dim, output_mode="one_hot"):
        """Features whose values count together, by a hash of them all."""
        return Cross(feature_names, crossing_dim, output_mode=output_mode)

    @classmethod
    def feature(cls, dtype, preprocessor, output_mode):
        """A feature that is encoded by a layer of your own."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name=None):
        """Numbers as they are."""
        layer = Identity(dtype="float32", name=_layer_name(name, "float"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_rescaled(cls, scale=1.0, offset=0.0, name=None):
        """Numbers times `scale`, plus `offset`."""
        layer = Rescaling(scale, offset, name=_layer_name(name, "float_rescaled"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name=None):
        """Numbers less their mean, in units of their deviation."""
        layer = Normalization(axis=-1, name=_layer_name(name, "float_normalized"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(cls, num_bins, bin_boundaries=None, output_mode="one_hot", name=None):
        """The bin that a number is in; bins are found by `adapt` unless they are given."""
        name = _layer_name(name, "float_discretized")
        if bin_boundaries is not None:
            layer = Discretization(bin_boundaries=bin_boundaries, name=name)
        else:
            layer = Discretization(num_bins=num_bins, name=name)
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """Whole numbers that are names of classes, which `adapt` finds."""
        layer = IntegerLookup(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            name=_layer_name(name, "integer_categorical"),
        )
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens=None, num_oov_indices=1, output_mode="one_hot", name=None
    ):
        """Strings that are names of classes, which `adapt` finds."""
        layer = StringLookup(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            name=_layer_name(name, "string_categorical"),
        )
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Whole numbers in one of `num_bins` classes, by a hash."""
        layer = Hashing(num_bins=num_bins, name=_layer_name(name, "integer_hashed"))
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins, output_mode="one_hot", name=None):
        """Strings in one of `num_bins` classes, by a hash."""
        layer = Hashing(num_bins=num_bins, name=_layer_name(name, "string_hashed"))
        return Feature("string", layer, output_mode)

    # Learning from data

    def _to_adapt(self):
        """The names of the features whose layers learn from data."""
        return [name for name, layer in self.preprocessors.items() if _learns(layer)]

    def adapt(self, dataset):
        """Let the layers see the data: means, bins and vocabularies are found.

        Args:
            dataset: A dict or pandas table of columns; or a loop over dicts, of rows or batches.
        """
        dataset = _columns(dataset)
        if isinstance(dataset, dict):
            batches = [dataset]
        elif hasattr(dataset, "__iter__") and not isinstance(dataset, str | np.ndarray):
            batches = dataset
        else:
            raise ValueError(
                "`adapt()` can only be called on a dict of arrays/lists, or a dataset of dicts. "
                f"Received: {dataset} (of type {type(dataset)})"
            )
        columns = {name: [] for name in self._to_adapt()}
        for batch in batches:
            if not isinstance(batch, dict):
                raise ValueError(
                    "`adapt()` wants a dataset of dicts, without labels. "
                    f"Received: an element of type {type(batch)}"
                )
            for name, parts in columns.items():
                parts.append(_column(batch[name]))
        for name, parts in columns.items():
            self.preprocessors[name].adapt(np.concatenate(parts))
        self._is_adapted = True
        self._encoded = None
        self.one_hot_encoders = {}
        self.get_encoded_features()

    def _check_if_adapted(self):
        if not self._is_adapted and self._to_adapt():
            raise ValueError(
                "You need to call `.adapt(dataset)` on the FeatureSpace before you can start "
                f"using it: these features learn from data: {self._to_adapt()}."
            )

    # Encoding

    def get_inputs(self):
        """Symbolic inputs, a dict of one for each feature, for a functional model."""
        self.get_encoded_features()
        return self._inputs

    def get_encoded_features(self):
        """What becomes of `get_inputs()`: a symbolic tensor, or a dict of them."""
        if self._encoded is None:
            self._check_if_adapted()
            if self._inputs is None:
                self._inputs = {
                    name: Input(shape=(1,), dtype=one.dtype, name=name)
                    for name, one in self.features.items()
                }
            self._encoded = self._encode(self._inputs)
            self.built = True
        return self._encoded

    def __call__(self, data):
        """The encoded features of rows.

        Args:
            data: A dict of columns, or of single values for one row; or a pandas table.
        """
        data = _columns(data)
        if not isinstance(data, dict):
            raise ValueError(
                "A FeatureSpace can only be called with a dict. "
                f"Received: data={data} (of type {type(data)})"
            )
        self.get_encoded_features()
        missing = [name for name in self.features if name not in data]
        if missing:
            raise ValueError(
                f"Every feature must be there. Missing: {missing}. Received: {list(data)}"
            )
        columns = {name: _column(data[name]) for name in self.features}
        is_single = all(np.ndim(data[name]) == 0 for name in columns)
        encoded = self._encode(columns)
        return tree.map_structure(lambda x: x[0], encoded) if is_single else encoded

    def _encode(self, columns):
        values = {name: self.preprocessors[name](x) for name, x in columns.items()}
        crossed = {
            cross.name: self.crossers[cross.name]([values[name] for name in cross.feature_names])
            for cross in self.crosses
        }
        modes = {one.name: one.output_mode for one in self.crosses} | {
            name: one.output_mode for name, one in self.features.items()
        }
        encoded = {}
        for name, value in [*sorted(values.items()), *sorted(crossed.items())]:
            if modes[name] == "one_hot":
                value = self._one_hot(name, value)
            if self.output_mode == "concat" and ("int" in value.dtype or value.dtype == "string"):
                raise ValueError(
                    f"Cannot concatenate features because feature '{name}' has not been encoded "
                    f"(it has dtype {value.dtype}). Consider using `output_mode='dict'`."
                )
            encoded[name] = value
        if self.output_mode == "dict":
            return encoded
        return ops.concatenate(list(encoded.values()), axis=-1)

    def _one_hot(self, name, value):
        if name not in self.one_hot_encoders:
            layer = self.preprocessors.get(name) or self.crossers.get(name)
            if not value.dtype.startswith("int"):
                raise ValueError(
                    f"Feature '{name}' has `output_mode='one_hot'`. Thus its preprocessor should "
                    f"return an integer dtype. Instead it returns a {value.dtype} dtype."
                )
            self.one_hot_encoders[name] = CategoryEncoding(
                num_tokens=_cardinality(name, layer), output_mode="multi_hot"
            )
        return self.one_hot_encoders[name](value)

    # Config and files

    def get_config(self):
        return {
            "features": serialize_keras_object(self.features),
            "output_mode": self.output_mode,
            "crosses": serialize_keras_object(self.crosses),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    def get_build_config(self):
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config):
        for name, one in config.items():
            layer = self.preprocessors[name]
            if not layer.built and one is not None:
                layer.build_from_config(one)
        self._is_adapted = True

    def save(self, filepath):
        """Write it to a `.keras` file, for `models.load_model`."""
        save_model(self, filepath)

    def save_own_variables(self, store):
        """Nothing: the layers inside have all of the state."""

    def load_own_variables(self, store):
        """Nothing: the layers inside have all of the state."""


def _layer_name(name, kind):
    return f"{name or naming.auto_name(kind)}_preprocessor"


def _learns(layer):
    """Whether a layer is to be adapted, rather than made with what it must know."""
    if getattr(layer, "input_mean", None) is not None:
        return False
    lookup = getattr(layer, "_lookup_layer", layer)  # that of a TextVectorization
    if getattr(lookup, "_static", False):  # its vocabulary was given
        return False
    if isinstance(layer, Discretization) and layer.num_bins is None:
        return False
    return hasattr(layer, "adapt")


def _cardinality(name, layer):
    if isinstance(layer, IntegerLookup | StringLookup):
        return layer.vocabulary_size()
    if isinstance(layer, CategoryEncoding):
        return layer.num_tokens
    if isinstance(layer, Discretization):
        return layer.num_bins or len(layer.bin_boundaries) + 1
    if isinstance(layer, HashedCrossing | Hashing):
        return layer.num_bins
    raise ValueError(
        f"Feature '{name}' has `output_mode='one_hot'`. However it isn't a standard feature and "
        "the dimensionality of its output space is not known, thus it cannot be one-hot encoded. "
        f"Try using `output_mode='int'`. Received: preprocessor={layer}"
    )


def _columns(data):
    """The columns of a pandas table by name; anything else as it is."""
    return {name: data[name] for name in data} if hasattr(data, "iloc") else data


def _column(x):
    """Values as an array of shape (rows, 1), or more axes if there are more."""
    if isinstance(x, KerasTensor):
        return x
    if hasattr(x, "numpy"):
        x = x.numpy()
    x = np.asarray(x)
    return x.reshape(-1, 1) if x.ndim < 2 else x
