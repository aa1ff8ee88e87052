"""What gives weights their first values: as `keras.initializers`."""

import numpy as np

from minigrad import ops
from minigrad.autograd.symbolic import standardize_shape
from minigrad.autograd.tensor import Tensor
from minigrad.dtypes import standardize_dtype
from minigrad.initializers.constant import Constant, Identity, Ones, Zeros
from minigrad.initializers.distributions import (
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
)
from minigrad.initializers.initializer import Initializer
from minigrad.initializers.orthogonal import Orthogonal
from minigrad.initializers.stft import STFT
from minigrad.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    compute_fans,
)
from minigrad.saving.identifiers import interpret, table_of
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object
from minigrad.variable import set_initializer_lookup

constant, identity, ones, zeros = Constant, Identity, Ones, Zeros
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
variance_scaling, orthogonal, stft = VarianceScaling, Orthogonal, STFT
IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT

_TABLE = table_of(
    *(Initializer, Constant, Identity, Ones, Zeros, STFT, Orthogonal, VarianceScaling),
    *(RandomNormal, RandomUniform, TruncatedNormal),
    *(GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform),
    **{"one": Ones, "zero": Zeros, "normal": RandomNormal, "uniform": RandomUniform},
    **{"IdentityInitializer": Identity, "OrthogonalInitializer": Orthogonal},
    **{"STFTInitializer": STFT, "stft": STFT},
)


def serialize(initializer):
    """An initializer as a config in Keras's format."""
    return serialize_keras_object(initializer)


def deserialize(config, custom_objects=None):
    """The initializer that a config or a name stands for."""
    return deserialize_keras_object(config, module_objects=_TABLE, custom_objects=custom_objects)


def get(identifier):
    """The initializer that a name, config, class, array or callable stands for.

    An array stands for itself: calling the initializer with another shape is a ValueError. So is
    an identifier that means nothing. None gives None.

    >>> get("he_normal").get_config()["seed"] is None
    True
    """
    if isinstance(identifier, Tensor | np.ndarray | np.generic) or hasattr(
        identifier, "__minigrad_tensor__"
    ):
        return _given(identifier)
    return interpret(identifier, "initializer", deserialize)


def _given(values):
    def initialize(shape, dtype=None):
        if standardize_shape(shape) != tuple(values.shape):
            raise ValueError(
                f"Expected `shape` to be {tuple(values.shape)} for direct tensor as initializer. "
                f"Received: shape={shape}"
            )
        return ops.cast(values, standardize_dtype(dtype))

    return initialize


set_initializer_lookup(get)
