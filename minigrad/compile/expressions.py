"""Expressions: from the `fuse` template of a primitive to typed code for one element.

A template is written once for all dtypes: `"0.5 * {0} * (1 + tanh({0}))"`. Here its numbers get the
type of the array they meet (a plain Python number would turn the arithmetic of a compiled loop into
float64), its functions become those of `kernels/transcendental.py` for that type, and `a if c else
b` becomes `select(c, a, b)`, which is no branch.
"""

from __future__ import annotations

import ast
import functools
from itertools import product
from typing import Any

import numpy as np

from minigrad.autograd.primitive import Primitive
from minigrad.compile.program import Equation, Operand, Var, name_of
from minigrad.kernels import elementary, halves, sine, transcendental
from minigrad.kernels.jit import select
from minigrad.kernels.native import AT, plus

COMPUTED = frozenset({"float32", "float64", "int32", "int64", "uint32", "bool"})
"""The dtypes in which kernels compute; others are only read and cast."""

HALF = frozenset({"float16", "bfloat16"})
"""The dtypes that are read as float32, and to which results are rounded."""

READ = COMPUTED | HALF | {"uint8", "int8", "int16", "uint16"}

_TYPES = {"float32": "F4", "float64": "F8", "int32": "I4", "int64": "I8", "uint32": "U4"}
_TYPES["bool"] = "B1"
_FLOAT32 = np.dtype("float32")
_FUNCTIONS = {
    "exp": "exp{}",
    "exp_below": "exp{}_below",
    "expm1": "expm1_{}",
    "log": "log{}",
    "log1p": "log1p{}",
    "tanh": "tanh{}",
    "sigmoid": "sigmoid{}",
    "softplus": "softplus{}",
    "erf": "erf{}",
    "sin": "sin{}",
    "cos": "cos{}",
}
# Of whole numbers only what is exact: the templates of the others assume floats.
_EXACT = frozenset(
    "add subtract multiply negative absolute maximum minimum equal not_equal less less_equal "
    "greater greater_equal logical_and logical_or logical_xor logical_not where alias cast "
    "cast_to_whole stop_gradient copy_of expand_to fill_like relu bitwise_and bitwise_or "
    "bitwise_xor square".split()
)
IS_CLASS = Primitive(
    "is_class",
    lambda label, classes: label == np.arange(classes, dtype=label.dtype),
    shape=lambda label, classes: (*label.shape[:-1], classes),
    dtype="bool",
    promote=None,
)
"""Whether the number of a column is the label of its row."""

_CASTS = frozenset({"cast", "cast_to_whole", "widen"})
_SPECIAL = {"cast": "{0}", "cast_to_whole": "{0}", "expand_to": "{0}", "fill_like": "{1}"}
_SPECIAL["widen"] = _SPECIAL["rounded_to"] = "{0}"
_SPECIAL["is_class"] = "{0} == column"

NAMESPACE: dict[str, Any] = {
    **{short: np.dtype(name).type for name, short in _TYPES.items()},
    **{f"{name}_at": function for name, function in AT.items()},
    "select": select,
    "plus": plus,
    "half_of": halves.half_of,
    "float_of_half": halves.float_of_half,
    "bfloat_of": halves.bfloat_of,
    "float_of_bfloat": halves.float_of_bfloat,
    "maximum": elementary.maximum,
    "minimum": elementary.minimum,
    "sign": elementary.sign,
    "raised": elementary.raised,
    "isnan": elementary.isnan,
    "isinf": elementary.isinf,
    "isfinite": elementary.isfinite,
}
for _name in _FUNCTIONS.values():
    for _width, _module in product(("32", "64"), (transcendental, sine)):
        if hasattr(_module, _name.format(_width)):
            NAMESPACE[_name.format(_width)] = getattr(_module, _name.format(_width))
NAMESPACE["np"] = np


def template(primitive: Primitive) -> str | None:
    """How a primitive looks inside a fused loop; None if it has to be called."""
    return _SPECIAL.get(primitive.name) or primitive.fuse


def type_name(dtype: np.dtype) -> str:
    """The name that a dtype's scalar type has in kernels."""
    return _TYPES[name_of(dtype)]


def is_elementwise(equation: Equation) -> bool:
    """Whether kernels can compute an equation element by element."""
    pattern = template(equation.primitive)
    if pattern is None or len(equation.outputs) != 1:
        return False
    name = equation.primitive.name
    if equation.params and name not in _SPECIAL:
        return False
    out = name_of(equation.outputs[0].dtype)
    operands = equation.vars
    if out not in COMPUTED | HALF or not operands:
        return False
    known = READ if name in _CASTS else COMPUTED | HALF
    if any(name_of(x.dtype) not in known for x in operands):
        return False
    if out in HALF and any(x.dtype == np.float64 for x in operands):
        return False  # by way of float32 it would be rounded twice
    if any(x is None or isinstance(x, complex) for x in equation.inputs):
        return False
    if name == "is_class":
        # Only in a loop over rows is `j` the number of the column.
        return bool(operands[0].dtype == np.int32 and operands[0].size > 1)
    if name not in _EXACT and not any(computed(x.dtype).kind == "f" for x in operands):
        return False
    if name.startswith("logical") and len({x.dtype for x in operands}) > 1:
        return False
    if out == "uint32" and name not in ("add", "where", "alias"):
        return False
    return _understood(pattern, name_of(computed_in(equation)))


def computed_in(equation: Equation) -> np.dtype:
    """The dtype that an equation's Python numbers take."""
    start = equation.primitive.promote_from
    for x in equation.inputs[start:]:
        if type(x) is Var:
            return computed(x.dtype)
    return computed(equation.outputs[0].dtype)


def computed(dtype: np.dtype) -> np.dtype:
    """The dtype in which kernels compute what is stored as `dtype`: float32 for halves."""
    return _FLOAT32 if name_of(dtype) in HALF else dtype


def widened(text: str, dtype: np.dtype) -> str:
    """The code for the number that the bits of a half stand for."""
    return f"{'float_of_half' if dtype == np.float16 else 'float_of_bfloat'}({text})"


def rounded(text: str, dtype: np.dtype) -> str:
    """The code for the bits of the half nearest to a float32."""
    return f"{'half_of' if dtype == np.float16 else 'bfloat_of'}({text})"


@functools.cache
def _understood(pattern: str, dtype: str) -> bool:
    try:
        typed(pattern, ("x", "y", "z"), dtype)
    except KeyError:
        return False
    return True


@functools.lru_cache(4096)
def typed(pattern: str, operands: tuple[str, ...], dtype: str) -> str:
    """The code of a template for operands of a dtype; KeyError where a function is unknown.

    >>> typed("1 / sqrt({0})", ("x",), "float32")
    'F4(1) / np.sqrt(x)'
    """
    expression = ast.parse(pattern.format(*(f"_{i}" for i in range(len(operands)))), mode="eval")
    return ast.unparse(_Typed(operands, dtype).visit(expression))


def number(value: float, dtype: str) -> str:
    """A Python number as a typed literal."""
    if dtype == "bool":
        return f"B1({bool(value)})"
    if dtype[0] == "f":
        if value != value or value in (np.inf, -np.inf):
            return (
                f"{_TYPES[dtype]}(np.{'nan' if value != value else 'inf'})"
                if (value != value or value > 0)
                else f"{_TYPES[dtype]}(-np.inf)"
            )
        value = float(value)
        text = repr(int(value)) if value.is_integer() and abs(value) < 1e9 else repr(value)
        if value == 0 and np.signbit(value):
            text = "-0.0"
        return f"{_TYPES[dtype]}({text})"
    return f"{_TYPES[dtype]}({int(value)})"


class _Typed(ast.NodeTransformer):
    def __init__(self, operands: tuple[str, ...], dtype: str) -> None:
        self.operands = operands
        self.dtype = dtype

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.parse(self.operands[int(node.id[1:])], mode="eval").body

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value: Any = node.value
        return ast.parse(number(value, self.dtype), mode="eval").body

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        arguments = [self.visit(one) for one in (node.test, node.body, node.orelse)]
        return ast.Call(ast.Name("select"), arguments, [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id  # type: ignore[attr-defined]
        bits = "64" if self.dtype == "float64" else "32"
        if name in _FUNCTIONS:
            called = _FUNCTIONS[name].format(bits)
        else:
            called = {
                "abs": "abs",
                "sqrt": "np.sqrt",
                "floor": "np.floor",
                "ceil": "np.ceil",
                "trunc": "np.trunc",
                "power": "raised",
            }.get(name, name)
        if "." not in called and called != "abs" and called not in NAMESPACE:
            raise KeyError(name)
        return ast.Call(ast.parse(called, mode="eval").body, [self.visit(x) for x in node.args], [])


def code(equation: Equation, operands: list[str]) -> str:
    """The code of an equation for one element, of the dtype of its output; of halves, float32."""
    dtype = computed_in(equation)
    out = computed(equation.outputs[0].dtype)
    if equation.primitive is IS_CLASS:
        return f"{operands[0]} == I4(j)"
    pattern = template(equation.primitive)
    text = typed(pattern or "", tuple(operands), name_of(dtype))
    if equation.primitive.name == "rounded_to":
        half = np.dtype(equation.params["half"])
        return widened(rounded(text, half), half)
    if equation.primitive.name in _CASTS:
        source = computed(equation.vars[0].dtype)
        if out == np.bool_:
            return f"{text} != {number(0, name_of(source))}" if source != np.bool_ else text
        return text if source == out else f"{type_name(out)}({text})"
    if out.kind in "iu" or (out.kind == "f" and dtype.kind != "f"):
        text = f"{type_name(out)}({text})"  # Numba would go on in int64
    return text


def literal(equation: Equation, value: Operand) -> str:
    """The code of a Python number among the inputs of an equation."""
    if type(value) is bool and computed_in(equation).kind != "b":
        value = int(value)
    return number(value, name_of(computed_in(equation)))  # type: ignore[arg-type]


def weight(equation: Equation) -> int:
    """How many additions an equation costs, about, beyond the first."""
    pattern = template(equation.primitive) or ""
    calls = sum(pattern.count(f"{name}(") for name in _FUNCTIONS)
    return 8 * calls + 16 * pattern.count("power(") + pattern.count("/") + pattern.count("sqrt(")


def is_costly(equation: Equation) -> bool:
    """Whether an equation takes long enough that its result is better kept than computed again."""
    pattern = template(equation.primitive) or ""
    for cheap in ("maximum(", "minimum(", "abs("):
        pattern = pattern.replace(cheap, "")
    return "(" in pattern or "/" in pattern
