"""What all data adapters have in common, and how a value of the user becomes a Tensor."""

import numpy as np

from minigrad import settings, tree
from minigrad.autograd.tensor import Tensor, as_tensor

NUMBERS = "biufV"  # kinds of NumPy dtypes that a Tensor can have; V is bfloat16


class DataAdapter:
    """Data as passes of batches. A batch is what `train_step(data)` receives.

    Attributes:
        num_batches: Batches in a pass, None if unknown or without an end.
        starts_again: Whether every pass begins with the first batch.
    """

    num_batches = None
    starts_again = True

    def batches(self):
        """An iterator over the batches of one pass. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} must implement `batches()`.")

    def on_epoch_begin(self):
        """Called before every epoch."""

    def on_epoch_end(self):
        """Called after every epoch."""


def as_batch(batch):
    """A batch with Tensors in place of whatever arrays it consists of."""
    if type(batch) is tuple:
        return tuple([_as_tensor(x) if type(x) is np.ndarray else as_structure(x) for x in batch])
    return as_structure(batch)


def as_structure(structure):
    """A structure with Tensors in place of arrays; None stays None, text stays an array."""
    return tree.map_structure(_as_tensor, structure, none_is_leaf=False)


def _as_tensor(x):
    if type(x) is Tensor:
        return x
    array = as_array(x)
    if array.dtype.kind not in NUMBERS:
        return array
    # Copied: a generator may fill the same array again for the next batch.
    return as_tensor(array, settings.floatx() if array.dtype == np.float64 else None)


def as_array(x):
    """A NumPy array of an array of any framework."""
    if hasattr(x, "detach") and hasattr(x, "cpu"):  # PyTorch's, which may require a gradient
        x = x.detach().cpu()
    elif hasattr(x, "toarray") and hasattr(x, "tocoo"):  # SciPy's sparse matrices
        x = x.toarray()
    array = np.asarray(x)
    if array.dtype == object and hasattr(x, "dtypes"):
        # A table of pandas with columns of several dtypes, or with missing values.
        kinds = {getattr(column, "kind", "O") for column in np.atleast_1d(x.dtypes)}
        if kinds <= set("biuf"):
            return x.to_numpy(dtype=settings.floatx(), na_value=np.nan)
    return array


def type_comes_from(x, package, *names):
    """Whether x is an instance of a class of one of these names in a package.

    Answers without importing the package.

    >>> type_comes_from(True, "builtins", "int")
    True
    """
    return any(
        cls.__name__ in names and f"{cls.__module__}.".startswith(f"{package}.")
        for cls in type(x).__mro__
    )
