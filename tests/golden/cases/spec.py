"""The words that the case tables are written in: arrays to draw, objects to make, cases.

Nothing here knows Keras or minigrad. A case is plain data, and its `key` is spelled from that data,
so a stored result is found again only by the very case that made it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, repr=False)
class Array:
    """An array to draw: how (`kind`), its shape, and the kind's own argument."""

    kind: str
    shape: tuple
    argument: Any = None

    def __repr__(self) -> str:
        extra = "" if self.argument is None else f"; {self.argument}"
        return f"{self.kind}({', '.join(map(str, self.shape))}{extra})"


def normal(*shape: int) -> Array:
    """Standard normal, on the odd multiples of 2⁻¹¹: exact in float32, never 0 or a half."""
    return Array("normal", shape)


def positive(*shape: int) -> Array:
    """Uniform between 0.2 and 2."""
    return Array("positive", shape)


def unit(*shape: int) -> Array:
    """Uniform between 0.05 and 0.95: probabilities of independent events."""
    return Array("unit", shape)


def simplex(*shape: int) -> Array:
    """Probabilities that sum to 1 along the last axis."""
    return Array("simplex", shape)


def distinct(*shape: int) -> Array:
    """A shuffled range, scaled to about ±2: no two entries tie, which a maximum is sensitive to."""
    return Array("distinct", shape)


def one_hot(*shape: int) -> Array:
    """Rows of zeros with a single one."""
    return Array("one_hot", shape)


def integers(high: int, *shape: int) -> Array:
    """int32 from 0 to high - 1."""
    return Array("integers", shape, high)


def labels(high: int, *shape: int) -> Array:
    """Whole numbers from 0 to high - 1, as floats."""
    return Array("labels", shape, high)


def signs(*shape: int) -> Array:
    """-1.0 and 1.0."""
    return Array("signs", shape)


def booleans(*shape: int) -> Array:
    """True (three times of four) and False; the first entry along the last axis is True."""
    return Array("booleans", shape)


def prefix_mask(*shape: int) -> Array:
    """Rows of Trues followed by Falses, as padding on the right makes them."""
    return Array("prefix_mask", shape)


def pixels(*shape: int) -> Array:
    """Floats between 0 and 255."""
    return Array("pixels", shape)


def values(items: Any, dtype: str = "float32") -> Array:
    """These very values."""
    return Array("values", np.shape(items), (items, dtype))


@dataclass(frozen=True)
class Make:
    """An object to make with the framework under test: `Make("layers.Dense", {"units": 3})`."""

    path: str
    kwargs: dict = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.path}({spell(self.kwargs)})"


def make(path: str, **kwargs: Any) -> Make:
    return Make(path, kwargs)


BOTH = ("float32", "float64")
SINGLE = ("float32",)


@dataclass(frozen=True)
class Case:
    """One configuration of one class (or function): what to make, what to feed it."""

    path: str  # "layers.Dense": where the framework under test has it
    kwargs: dict
    args: tuple  # positional arguments of the call: Arrays, nested in lists, or plain values
    call: dict  # keyword arguments of the call, the same
    slack: float = 1.0  # factor on the tolerance, for what is badly conditioned by nature
    dtypes: tuple = BOTH  # only float32: Keras itself rounds to it somewhere
    gradients: bool = True

    @property
    def key(self) -> str:
        arguments = [spell_value(a) for a in self.args]
        arguments += [f"{name}={spell_value(v)}" for name, v in self.call.items()]
        return f"{self.path}({spell(self.kwargs)}) of {', '.join(arguments)}"

    @property
    def variants(self) -> set[str]:
        """In which of the ways that a layer can be called: masks by name, training, data format."""
        found = {name for name in self.call if name.endswith("mask")}
        if self.call.get("training"):
            found.add("training")
        if self.kwargs.get("data_format") == "channels_first":
            found.add("channels_first")
        return found


def layer(
    name: str,
    *args: Any,
    call: dict | None = None,
    slack: float = 1.0,
    dtypes: tuple = BOTH,
    gradients: bool = True,
    **kwargs: Any,
) -> Case:
    """A layer made with `kwargs` and called with `args` and the keywords in `call`."""
    return Case(f"layers.{name}", kwargs, args, call or {}, slack, dtypes, gradients)


def spell(kwargs: dict) -> str:
    return ", ".join(f"{name}={spell_value(value)}" for name, value in kwargs.items())


def spell_value(value: Any) -> str:
    """`repr`, but a function is its name."""
    if isinstance(value, Callable):
        return value.__name__
    if isinstance(value, list | tuple):
        inner = ", ".join(map(spell_value, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {spell_value(v)}" for k, v in value.items()) + "}"
    return repr(value)


def arrays_in(structure: Any) -> list[Array]:
    """The Arrays of a nested structure, in reading order."""
    if isinstance(structure, Array):
        return [structure]
    if isinstance(structure, dict):
        structure = list(structure.values())
    if isinstance(structure, list | tuple):
        return [array for item in structure for array in arrays_in(item)]
    return []


def paths_in(structure: Any) -> set[str]:
    """The paths of all that a case makes: "layers.Bidirectional", "layers.LSTM"."""
    if isinstance(structure, Case | Make):
        return {structure.path} | paths_in(structure.kwargs)
    if isinstance(structure, dict):
        structure = list(structure.values())
    if isinstance(structure, list | tuple):
        return set().union(*map(paths_in, structure))
    return set()


def draw(spec: Array, rng: np.random.Generator) -> np.ndarray:
    """The values of an Array. Floats are exact in float32, so both precisions start alike."""
    return DRAWERS[spec.kind](spec, rng)


def _grid(x: np.ndarray, step: float = 2.0**-10) -> np.ndarray:
    """The nearest odd multiple of step / 2."""
    return ((np.floor(x / step) + 0.5) * step).astype("float32")


def _simplex(spec: Array, rng: np.random.Generator) -> np.ndarray:
    x = rng.uniform(0.2, 2, spec.shape)
    return (x / x.sum(-1, keepdims=True)).astype("float32")


def _distinct(spec: Array, rng: np.random.Generator) -> np.ndarray:
    size = int(np.prod(spec.shape))
    return _grid((rng.permutation(size).reshape(spec.shape) - size / 2) * (4 / max(size, 4)))


def _booleans(spec: Array, rng: np.random.Generator) -> np.ndarray:
    x = rng.uniform(size=spec.shape) < 0.75
    x[..., 0] = True
    return x


def _prefix(spec: Array, rng: np.random.Generator) -> np.ndarray:
    length = spec.shape[-1]
    counts = rng.integers(1, length + 1, spec.shape[:-1])
    return np.arange(length) < counts[..., None]


DRAWERS: dict[str, Callable[[Array, np.random.Generator], np.ndarray]] = {
    "normal": lambda s, rng: _grid(rng.normal(size=s.shape)),
    "positive": lambda s, rng: _grid(rng.uniform(0.2, 2, s.shape)),
    "unit": lambda s, rng: _grid(rng.uniform(0.05, 0.95, s.shape)),
    "simplex": _simplex,
    "distinct": _distinct,
    "one_hot": lambda s, rng: np.eye(s.shape[-1], dtype="float32")[
        rng.integers(0, s.shape[-1], s.shape[:-1])
    ],
    "integers": lambda s, rng: rng.integers(0, s.argument, s.shape).astype("int32"),
    "labels": lambda s, rng: rng.integers(0, s.argument, s.shape).astype("float32"),
    "signs": lambda s, rng: (rng.integers(0, 2, s.shape) * 2 - 1).astype("float32"),
    "booleans": _booleans,
    "prefix_mask": _prefix,
    "pixels": lambda s, rng: _grid(rng.uniform(1, 254, s.shape), 2.0**-3),
    "values": lambda s, rng: np.array(s.argument[0], s.argument[1]),
}
