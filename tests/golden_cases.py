"""Reads the golden files, and compares what the framework under test makes of the same cases.

`MINIGRAD_GOLDEN_MODULE=keras` runs the tests against Keras itself, on JAX or PyTorch: the check
that this reads what the generator wrote, and that two backends agree on it.
"""

import functools
import importlib
import json
import os
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from tests.golden.building import default_float
from tests.golden.cases import GROUPS
from tests.golden.cases.spec import Array, Case, paths_in
from tests.golden.engine import Engine, Results
from tests.golden.pending import PENDING
from tests.golden.runs import RUNS

MODULE = os.environ.get("MINIGRAD_GOLDEN_MODULE", "minigrad")
FOLDER = Path(__file__).parent / "golden"
TOLERANCES = {"float32": 1e-5, "float64": 1e-10}


class Stored:
    """One case as stored: `names` (of weights, say), `given` arrays, `results` per dtype."""

    def __init__(self, entry: dict, flat: dict[str, np.ndarray]) -> None:
        def arrays(table: dict) -> Results:
            return {name: self._array(flat, *place) for name, place in table.items()}

        self.names: list[str] = entry["names"]
        self.given = arrays(entry["given"])
        self.results = {dtype: arrays(table) for dtype, table in entry["results"].items()}

    @staticmethod
    def _array(flat: dict, dtype: str, start: int, shape: list[int]) -> np.ndarray:
        size = int(np.prod(shape, dtype=int))
        return flat[dtype][start : start + size].reshape(shape)


@functools.cache
def load(group: str) -> dict[str, Stored]:
    """The stored cases of one group (a module of tests/golden/cases/), by their keys."""
    with np.load(FOLDER / f"{group}.npz", allow_pickle=False) as file:
        flat = {name: file[name] for name in file.files}
    if "bfloat16" in flat:
        flat["bfloat16"] = flat["bfloat16"].view(ml_dtypes.bfloat16)
    index = json.loads(flat.pop("index").tobytes())
    return {key: Stored(entry, flat) for key, entry in index.items()}


def stored(group: str, case: Case) -> Stored:
    found = load(group).get(case.key)
    if found is None:
        raise LookupError(
            f"tests/golden/{group}.npz has no results for {case.key}. "
            f"Make them: python tests/golden/generate.py {group}"
        )
    return found


def cases_of(group: str) -> list[Case]:
    return importlib.import_module(f"tests.golden.cases.{group}").CASES


def label(value: Any) -> str:
    """How a test's name shows one of its parameters."""
    return value.key if isinstance(value, Case) else str(value)


def parameters(*groups: str) -> list:
    """(group, case, dtype) of every case of these groups that is not PENDING."""
    return [
        (group, case, dtype)
        for group in groups
        for case in cases_of(group)
        for dtype in case.dtypes
        if PENDING.isdisjoint(paths_in(case)) or MODULE != "minigrad"
    ]


def framework() -> tuple[Any, Engine]:
    """The module under test and its engine: minigrad, unless MINIGRAD_GOLDEN_MODULE says keras."""
    module = importlib.import_module(MODULE)
    if MODULE == "minigrad":
        return module, Engine()
    from tests.golden import peers

    return module, peers.engine()


def difference(actual: np.ndarray, expected: np.ndarray) -> float:
    """The largest deviation, relative to the largest magnitude that is expected."""
    if actual.shape != expected.shape:
        return np.inf
    if expected.dtype.kind not in "fc":
        return 0.0 if np.array_equal(actual, expected) else np.inf
    if expected.size == 0:
        return 0.0
    actual, expected = actual.astype("float64"), expected.astype("float64")
    finite = np.isfinite(expected)
    if not np.array_equal(actual[~finite], expected[~finite], equal_nan=True):
        return np.inf
    scale = np.abs(expected[finite]).max(initial=0.0) or 1.0
    with np.errstate(invalid="ignore"):
        return float(np.max(np.abs(actual[finite] - expected[finite]), initial=0.0) / scale)


def mismatches(case: Case, actual: Results, expected: Results, dtype: str) -> list[str]:
    """What differs from the stored results, a line each."""
    limit = TOLERANCES[dtype] * case.slack
    wide_integers = dtype == "float64"  # JAX made them with 64 bits allowed: any width will do
    lines = []
    for name in sorted(actual.keys() | expected.keys()):
        if name not in actual or name not in expected:
            lines.append(f"{name}: {'missing' if name in expected else 'not expected'}")
            continue
        got, want = actual[name], expected[name]
        if got.shape != want.shape:
            lines.append(f"{name}: shape {got.shape}, expected {want.shape}")
        elif got.dtype != want.dtype and not (wide_integers and got.dtype.kind in "iu"):
            lines.append(f"{name}: dtype {got.dtype}, expected {want.dtype}")
        elif not (error := difference(got, want)) <= limit:
            lines.append(
                f"{name}: off by {error:.1e} of the largest magnitude, at most {limit:.0e}:\n"
                f"got {got!r}\nexpected {want!r}"
            )
    return lines


def check(group: str, case: Case, dtype: str) -> None:
    """Run one case with the framework under test; AssertionError lists all that differs."""
    keras, engine = framework()
    entry = stored(group, case)

    def given(name: str, spec: Array) -> np.ndarray:
        array = entry.given.get(name)
        if array is None or array.shape != tuple(spec.shape):
            kept = None if array is None else array.shape
            raise AssertionError(f"{case.key}: {name} has shape {spec.shape}, Keras has {kept}")
        return array

    with engine.precision(dtype), default_float(keras, dtype):
        results, names = RUNS[GROUPS[group]](keras, engine, case, given, dtype)
    lines = mismatches(case, results, entry.results[dtype], dtype)
    if names != entry.names:
        lines.append(f"names: {names}, expected {entry.names}")
    if lines:
        raise AssertionError("\n".join([case.key, *lines]))
