"""Promotion: the common dtype of the inputs of a primitive, and inputs cast to it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np

from minigrad import dtypes, settings
from minigrad.autograd.tensor import NAME_OF, OPS, Tensor, wrap

FLOAT32 = np.dtype("float32")
FLOAT64 = np.dtype("float64")
HALVES = frozenset({np.dtype("float16"), np.dtype(ml_dtypes.bfloat16)})
SCALARS = (float, int, bool)
_NUMERIC = frozenset(
    dtypes.to_numpy_dtype(name)
    for name in (*dtypes.FLOAT_TYPES, *dtypes.INT_TYPES, *dtypes.COMPLEX_TYPES)
)
# For each `promote` the dtypes that stay as they are where all inputs have the same one.
KEPT = {
    None: frozenset(NAME_OF),
    "same": _NUMERIC | {np.dtype("bool")},
    "number": _NUMERIC,
    "float": frozenset(one for one in _NUMERIC if one.kind not in "iu"),
}


def common_dtype(inputs: Sequence[Any], kind: str = "same") -> str:
    """The dtype that `inputs` (Tensors, KerasTensors, Python scalars) are promoted to."""
    names: list[Any] = [type(x) if type(x) in SCALARS else x.dtype for x in inputs if x is not None]
    if kind == "float":
        # A 64-bit integer would drag everything to float64; Keras computes in floatx instead.
        names = ["int32" if name in ("int64", "uint64") else name for name in names]
        names.append(float)
    elif kind == "number":
        names.append(int)
    return _result_type(settings.floatx(), *names)


@functools.lru_cache(maxsize=4096)
def _result_type(floatx: str, *names: Any) -> str:
    """`dtypes.result_type`, remembered: it depends on nothing else."""
    return dtypes.result_type(*names)


def cast_to_common(inputs: list, kind: str) -> list:
    """`inputs` cast to their common dtype; numbers stay numbers where NumPy takes them weakly."""
    dtype = inputs[0]._value.dtype if type(inputs[0]) is Tensor else None
    if dtype is FLOAT32 or dtype is FLOAT64:
        for x in inputs:
            if type(x) is not Tensor or x._value.dtype is not dtype:
                break
        else:
            return inputs  # as most are
    target = common_dtype(inputs, kind)
    result = []
    for x in inputs:
        if type(x) is Tensor:
            result.append(x if x.dtype == target else OPS["cast"](x, target))
        elif x is None or target in ("float32", "float64"):
            result.append(x)
        else:
            result.append(wrap(np.asarray(x, dtypes.to_numpy_dtype(target))))
    if not any(type(x) is Tensor for x in result):
        result = [
            x if x is None else wrap(np.asarray(x, dtypes.to_numpy_dtype(target))) for x in result
        ]
    return result
