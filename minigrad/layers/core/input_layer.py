"""Input and InputLayer: where data enters a functional model."""

import warnings

from minigrad import dtypes
from minigrad.autograd.symbolic import KerasTensor, Node, standardize_shape
from minigrad.layers.layer import Layer


class InputLayer(Layer):
    """The layer at which data enters a model.

    Args:
        shape: Of one example, without the batch axis; None for an unknown length.
        batch_size: Length of the batch axis, None if unknown.
        dtype: Of the data; `floatx()` if None.
        sparse, ragged: Only False is possible.
        batch_shape: The shape with the batch axis, instead of `shape` and `batch_size`.
        input_tensor: A KerasTensor to start from.
        optional: Whether None may be passed.
        name: Its name, which is also that of its tensor.
    """

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        input_tensor=None,
        optional=False,
        name=None,
        **kwargs,
    ):
        # As Keras 2 named them.
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        if "input_shape" in kwargs:
            warnings.warn(
                "Argument `input_shape` is deprecated. Use `shape` instead.", stacklevel=2
            )
            shape = kwargs.pop("input_shape")
        super().__init__(name=name, **kwargs)
        if shape is not None and batch_shape is not None:
            raise ValueError(
                "You cannot pass both `shape` and `batch_shape` at the same time. "
                f"Received: shape={shape}, batch_shape={batch_shape}"
            )
        if batch_size is not None and batch_shape is not None:
            raise ValueError(
                "You cannot pass both `batch_size` and `batch_shape` at the same time. "
                f"Received: batch_size={batch_size}, batch_shape={batch_shape}"
            )
        for name, value in (("sparse", sparse), ("ragged", ragged)):
            if value and input_tensor is None:
                raise ValueError(
                    f"`{name}=True` is not supported: minigrad has dense tensors only. "
                    f"Received: {name}={value}"
                )
        if input_tensor is not None:
            if not isinstance(input_tensor, KerasTensor):
                raise ValueError(
                    "Argument `input_tensor` must be a KerasTensor. Received invalid type: "
                    f"input_tensor={input_tensor} (of type {type(input_tensor)})"
                )
            for name, given, own in (
                ("shape", shape and standardize_shape(shape), input_tensor.shape[1:]),
                ("batch_shape", batch_shape, input_tensor.shape),
                ("batch_size", batch_size, input_tensor.shape[:1] and input_tensor.shape[0]),
                ("dtype", dtype and dtypes.standardize_dtype(dtype), input_tensor.dtype),
                ("sparse", sparse or None, False),
                ("ragged", ragged or None, False),
            ):
                if given is not None and given != own:
                    raise ValueError(
                        "When providing the `input_tensor` keyword argument to `InputLayer`, you "
                        f"cannot provide an incompatible `{name}` argument. Received: "
                        f"{name}={given}, but the tensor has {own}"
                    )
            dtype, batch_shape = input_tensor.dtype, input_tensor.shape
        elif shape is None and batch_shape is None:
            raise ValueError("You must pass a `shape` argument.")
        if batch_shape is None:
            batch_shape = (batch_size, *standardize_shape(shape))
        self._batch_shape = standardize_shape(batch_shape)
        self._dtype = dtypes.standardize_dtype(dtype)
        self.sparse = self.ragged = False
        self.optional = optional
        self.built = True
        tensor = input_tensor
        if tensor is None:
            tensor = KerasTensor(self._batch_shape, self._dtype, name=self.name)
        self._input_tensor = tensor
        Node(self, (), {}, tensor)

    def call(self):
        """Nothing: an InputLayer only stands for data."""

    def __setstate__(self, state):
        super().__setstate__(state)
        Node(self, (), {}, self._input_tensor)

    @property
    def batch_shape(self):
        """The shape of the data, batch axis included."""
        return self._batch_shape

    @property
    def dtype(self):
        return self._dtype

    @property
    def output(self):
        return self._input_tensor

    def get_config(self):
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
            "optional": self.optional,
        }


def Input(
    shape=None,
    batch_size=None,
    dtype=None,
    sparse=None,
    ragged=None,
    batch_shape=None,
    name=None,
    tensor=None,
    optional=False,
):
    """A symbolic tensor that stands for the data of a model.

    Args:
        shape: Of one example, without the batch axis; None for an unknown length.
        batch_size: Length of the batch axis, None if unknown.
        dtype: Of the data; `floatx()` if None.
        sparse, ragged: Only False is possible.
        batch_shape: The shape with the batch axis, instead of `shape` and `batch_size`.
        name: Its name, by which data may be passed in a dict.
        tensor: A KerasTensor to start from.
        optional: Whether None may be passed.

    >>> from minigrad import Input, layers
    >>> layers.Dense(2)(Input((3,))).shape
    (None, 2)
    """
    return InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    ).output
