"""The base of everything that gives a weight its first values."""

from minigrad.saving.configurable import Configurable


class Initializer(Configurable):
    """Makes the first values of a weight: `initializer(shape, dtype)` returns a Tensor.

    A subclass implements `__call__`; its config comes from its constructor's arguments.

    >>> from minigrad import ops
    >>> class Twos(Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return 2 * ops.ones(shape, dtype)
    >>> Twos()((2,)).numpy()
    array([2., 2.], dtype=float32)
    """

    def __call__(self, shape, dtype=None):
        """Values of the given shape and dtype (None: `floatx()`)."""
        raise NotImplementedError(
            "Initializer subclasses must implement the `__call__()` method. "
            f"Received: class {type(self).__name__}"
        )

    def clone(self):
        """Another initializer with the same config."""
        return type(self).from_config(self.get_config())
