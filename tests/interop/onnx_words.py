"""What the maps of ONNX's operators share: reading of attributes, and the refusal."""

import numpy as np

# Numbers of ONNX's dtypes (TensorProto.DataType): those that Keras has too.
DTYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
}


class NoEquivalent(Exception):
    """Keras's API has no word for this; the message begins with the kind of reason."""


def axes_of(attributes, given, key="axes"):
    """Axes as a tuple, from an input or (in older operator sets) an attribute; None for all."""
    axes = attributes.get(key) if given is None else np.asarray(given).ravel()
    return None if axes is None or len(axes) == 0 else tuple(int(one) for one in axes)


def ints(value):
    """A tuple of ints of a Tensor, an array or a list."""
    return tuple(int(one) for one in np.asarray(value).ravel())


def only(attributes, **wanted):
    """Refuse a node whose attributes are not those wanted (where they are left out, they are)."""
    for name, value in wanted.items():
        if name in attributes and attributes[name] != value:
            raise NoEquivalent(f"attribute: {name}={attributes[name]}")
