"""dtypes are names, such as "float32"; two of them meet at the least type above both.

    bool → int* → uint8 → uint16 → uint32 → uint64 ┐
             └──→ int8 →  int16 →  int32 →  int64 ─┴→ float* → bfloat16, float16 → float32 → float64
                 (uint8 → int16, uint16 → int32, uint32 → int64; float32 → complex64)

`int*` and `float*` are Python's scalars: weak, they take the type of what they meet. This is JAX's
lattice (https://docs.jax.dev/en/latest/type_promotion.html) as Keras uses it. A type of 64 bits
comes out only where one goes in: int32 with uint32 is int32, a Python float is `floatx()`.
"""

import ml_dtypes
import numpy as np

from minigrad import settings

INT_TYPES = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
FLOAT_TYPES = ("bfloat16", "float16", "float32", "float64")
COMPLEX_TYPES = ("complex64", "complex128")
# Nothing is converted to or from these unless `cast` says so.
FLOAT8_TYPES = ("float8_e4m3fn", "float8_e5m2")
ALLOWED_DTYPES = (*FLOAT_TYPES, *INT_TYPES, "bool", "string", *FLOAT8_TYPES, *COMPLEX_TYPES)

DEFAULT_INT = "int32"

_ML_DTYPES = ("bfloat16", *FLOAT8_TYPES)
_NUMPY_DTYPES = {
    name: np.dtype(getattr(ml_dtypes, name) if name in _ML_DTYPES else name)
    for name in ALLOWED_DTYPES
    if name != "string"
}
_NUMPY_DTYPES["string"] = np.dtype(np.str_)

_PYTHON_TYPES = {
    **{bool: "bool", int: DEFAULT_INT, float: "float32", complex: "complex64", str: "string"},
    "int": DEFAULT_INT,
}
_IS_FLOAT = frozenset(FLOAT_TYPES + FLOAT8_TYPES)
_IS_INT = frozenset(INT_TYPES)
_WIDE = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}


def standardize_dtype(dtype):
    """The name of a dtype given as a name, NumPy or other framework's dtype, or Python type.

    None is `floatx()`. Raises ValueError for what names no dtype of minigrad.

    >>> standardize_dtype(np.float16), standardize_dtype(int), standardize_dtype(None)
    ('float16', 'int32', 'float32')
    """
    if type(dtype) is str and dtype in _NUMPY_DTYPES:
        return dtype
    if dtype is None:
        return settings.floatx()
    # A `np.dtype` is equal to names and Python types that mean something else here.
    if isinstance(dtype, type | str) and dtype in _PYTHON_TYPES:
        return _PYTHON_TYPES[dtype]
    name = _name_of(dtype)
    if name not in _NUMPY_DTYPES:
        raise ValueError(
            f"Invalid dtype: {dtype}. Expected one of {ALLOWED_DTYPES}. Received: dtype={dtype!r}"
        )
    return name


def _name_of(dtype):
    """What an object calls itself: `np.dtype` by name, a class by `__name__`, `torch.float32`."""
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    return name.rpartition(".")[2] if isinstance(name, str) else None


def to_numpy_dtype(name):
    """The NumPy dtype in which arrays of the dtype `name` are kept (ml_dtypes' for bfloat16).

    >>> to_numpy_dtype("float32")
    dtype('float32')
    """
    try:
        return _NUMPY_DTYPES[name]
    except (KeyError, TypeError):
        return _NUMPY_DTYPES[standardize_dtype(name)]


def is_float(dtype):
    """Whether a dtype holds real numbers (float8 to float64, bfloat16).

    >>> is_float("bfloat16"), is_float("int8")
    (True, False)
    """
    return dtype in _IS_FLOAT or standardize_dtype(dtype) in _IS_FLOAT


def is_int(dtype):
    """Whether a dtype holds whole numbers, signed or not; bool is none of them."""
    return dtype in _IS_INT or standardize_dtype(dtype) in _IS_INT


def is_complex(dtype):
    """Whether a dtype holds complex numbers."""
    return standardize_dtype(dtype) in COMPLEX_TYPES


# The lattice: each node with those directly above it. `int` and `float` are the weak Python types.
_ABOVE = {
    "bool": (int,),
    int: ("uint8", "int8", "complex64"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": (float,),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": (float,),
    float: ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}


def _upper_bounds(node):
    return {node}.union(*map(_upper_bounds, _ABOVE[node]))


def _joins():
    """{(a, b): their least upper bound}, for every pair of nodes."""
    bounds = {node: _upper_bounds(node) for node in _ABOVE}
    table = {}
    for a in _ABOVE:
        for b in _ABOVE:
            common = bounds[a] & bounds[b]
            # The least is the one whose upper bounds are all that is common.
            table[a, b] = next(c for c in common if bounds[c] == common)
    return table


_JOIN = _joins()


def _settle(node):
    """The dtype of a result: a weak node becomes the default type of its kind."""
    if node is float:
        return settings.floatx()
    return DEFAULT_INT if node is int else node


def _promotions():
    table = {}
    for (a, b), joined in _JOIN.items():
        if joined in _WIDE and a not in _WIDE and b not in _WIDE:
            joined = _WIDE[joined]
        table[a, b] = joined
    return table


_PROMOTE = _promotions()


def promote(a, b):
    """The dtype of the result of two operands: names, or Python's `int` and `float` (weak).

    Raises ValueError if they have no common type.

    >>> promote("int32", "float16"), promote("bfloat16", float), promote("uint8", "int8")
    ('float16', 'bfloat16', 'int16')
    """
    try:
        joined = _PROMOTE[a, b]
    except (KeyError, TypeError):
        return result_type(a, b)
    return joined if type(joined) is str else _settle(joined)


def _node(dtype):
    if dtype is int or dtype is float:
        return dtype
    name = standardize_dtype(dtype)
    if name not in _ABOVE:
        if name in FLOAT8_TYPES:
            raise ValueError(
                "There is no implicit conversions from float8 dtypes to others. Cast the operand "
                f"to the type that you mean, with `ops.cast`. Received: dtype={name}"
            )
        raise ValueError(
            f"dtype={name!r} is not a valid dtype for Keras type promotion. Expected one of "
            f"{tuple(n for n in _ABOVE if type(n) is str)}. Received: dtype={name}"
        )
    return name


def result_type(*dtypes):
    """The dtype that operands of these dtypes have in common; of none, `floatx()`.

    Takes whatever `standardize_dtype` does; Python's `int` and `float` are weak. Raises ValueError
    where there is no common dtype, as with float8.

    >>> result_type("int8", "uint8", float), result_type("int32", int), result_type()
    ('float32', 'int32', 'float32')
    """
    if not dtypes:
        return settings.floatx()
    nodes = [_node(dtype) for dtype in dtypes]
    joined = nodes[0]
    for node in nodes[1:]:
        joined = _JOIN[joined, node]
    if joined in _WIDE and not any(node in _WIDE for node in nodes):
        joined = _WIDE[joined]
    return _settle(joined)


def scalar_type(value):
    """The dtype or weak type with which a Python scalar takes part in promotion.

    >>> scalar_type(True), scalar_type(3), scalar_type(1j)
    ('bool', <class 'int'>, 'complex64')
    """
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return int
    return float if isinstance(value, float) else standardize_dtype(type(value))


def as_float(dtype):
    """The dtype in which `exp` or `mean` of a dtype is: its own if it is float or complex.

    >>> as_float("int8"), as_float("float16")
    ('float32', 'float16')
    """
    return promote(standardize_dtype(dtype), float)


def sum_type(dtype):
    """The dtype in which `sum` or `prod` of a dtype is: small whole numbers widen to 32 bits.

    >>> sum_type("bool"), sum_type("uint8"), sum_type("float16")
    ('int32', 'uint32', 'float16')
    """
    name = standardize_dtype(dtype)
    if name in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if name in ("uint8", "uint16") else name
