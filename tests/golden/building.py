"""From the plain data of a case to objects of the framework under test, and back to arrays."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.golden.cases.spec import Array, Make
from tests.golden.engine import is_float


@contextlib.contextmanager
def default_float(keras: Any, dtype: str) -> Iterator[None]:
    """Layers, losses, metrics and optimizers made in here work in this dtype."""
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)


def resolve(keras: Any, path: str) -> Any:
    """`resolve(keras, "layers.Dense")` is `keras.layers.Dense`."""
    return functools.reduce(getattr, path.split("."), keras)


def build(keras: Any, value: Any) -> Any:
    """The value with every `Make` in it made."""
    if isinstance(value, Make):
        return resolve(keras, value.path)(**build(keras, value.kwargs))
    if isinstance(value, dict):
        return {name: build(keras, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(build(keras, item) for item in value)
    return value


def fill(structure: Any, arrays: Iterator) -> Any:
    """The structure with its Arrays replaced by the next ones of `arrays`."""
    if isinstance(structure, Array):
        return next(arrays)
    if isinstance(structure, dict):
        return {name: fill(item, arrays) for name, item in structure.items()}
    if isinstance(structure, list | tuple):
        return type(structure)(fill(item, arrays) for item in structure)
    return structure


def flat(structure: Any) -> list:
    """The leaves of nested lists, tuples and dicts; None is none."""
    if isinstance(structure, dict):
        structure = [structure[name] for name in sorted(structure)]
    if isinstance(structure, list | tuple):
        return [leaf for item in structure for leaf in flat(item)]
    return [] if structure is None else [structure]


def cast(array: np.ndarray, dtype: str) -> np.ndarray:
    return array.astype(dtype) if is_float(array) else array


def to_array(keras: Any, value: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(value))
