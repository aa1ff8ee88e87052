"""Layers under the policies of 16 bits: which cases, how they are run, what counts as equal.

The inputs and weights are those of the float32 golden files, and so is the float32 result, against
which Keras's own error in 16 bits is measured. (float64 is a policy that all cases run under.)
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests import golden_cases as golden
from tests.golden.cases import GROUPS
from tests.golden.cases.spec import Array, Case
from tests.golden.engine import Engine, Results, is_float
from tests.golden.runs import run_layer

POLICIES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16")
EPSILON = {"float16": 2.0**-11, "bfloat16": 2.0**-8}  # the largest error of one rounding
# Both round after every operation, and not all operations are cut alike (a normalization is one
# here and five there), so a result may lie this many roundings away from Keras's, as a share of the
# largest magnitude in the array, or this many times the error that Keras's own result has.
ROUNDINGS, ERRORS = 6, 3
# Keras gives float32 under a mixed policy; here they give the compute dtype, as all layers do.
IN_COMPUTE_DTYPE = {"layers.CategoryEncoding", "layers.RandomCrop"}
# What Keras on JAX refuses: its FFT takes no bfloat16.
REFUSED = {("mixed_bfloat16", "layers.STFTSpectrogram"), ("bfloat16", "layers.STFTSpectrogram")}


def cases() -> list[tuple[str, Case]]:
    """(group, case): the first case of each layer class, and that of each variant of a call."""
    chosen = []
    tried: dict[str, set[str]] = {}
    groups = [group for group, kind in GROUPS.items() if kind == "layers"]
    # JAX takes longest for the recurrent ones: they come last.
    for group in sorted(groups, key=lambda group: group == "layers_recurrent"):
        for case in golden.cases_of(group):
            if case.path.startswith("layers.") and case.path[len("layers.")].isupper():
                known = tried.get(case.path)
                if known is None or case.variants - known:
                    chosen.append((group, case))
                    tried.setdefault(case.path, set()).update(case.variants)
    return chosen


@contextlib.contextmanager
def policy_of_all(keras: Any, policy: str) -> Iterator[None]:
    """Layers made in here work under this policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def run(keras: Any, engine: Engine, group: str, case: Case, policy: str) -> Results:
    """What the case gives under the policy, from float32 inputs and weights."""
    known = golden.stored(group, case).given

    def given(name: str, spec: Array) -> np.ndarray:
        if known[name].shape != tuple(spec.shape):
            raise AssertionError(f"{name} has shape {spec.shape}, in float32 {known[name].shape}")
        return known[name]

    with policy_of_all(keras, policy):
        return run_layer(keras, engine, case, given, "float32")[0]


def deviation(a: np.ndarray, b: np.ndarray, exact: np.ndarray) -> float:
    """The largest difference, relative to the largest magnitude of the float32 result.

    What is zero but for rounding (zero in the float32 files) is compared absolutely.
    """
    if not is_float(exact):
        return 0.0 if np.array_equal(a, b) else np.inf
    a, b, exact = (x.astype("float64") for x in (a, b, exact))
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return np.inf
    scale = np.abs(exact[np.isfinite(exact)]).max(initial=0.0) or 1.0
    with np.errstate(invalid="ignore"):
        return float(np.abs(a[finite] - b[finite]).max(initial=0.0) / scale)


def limit(policy: str, keras: np.ndarray, exact: np.ndarray) -> float:
    """How far another result may lie from Keras's, relative to the largest magnitude."""
    epsilon = EPSILON[policy.removeprefix("mixed_")]
    own = deviation(keras, exact, exact)
    return max(ROUNDINGS * epsilon, ERRORS * own if np.isfinite(own) else 0.0)


def mismatches(group: str, case: Case, policy: str, actual: Results) -> list[str]:
    """What differs from Keras under the policy, a line each."""
    exact = golden.stored(group, case).results["float32"]
    expected = golden.load(f"policies_{policy}")[case.key].results[policy]
    lines = []
    for name in sorted(actual.keys() | expected.keys()):
        if name not in actual or name not in expected:
            lines.append(f"{name}: {'missing' if name in expected else 'not expected'}")
            continue
        got, want = actual[name], expected[name]
        if case.path in IN_COMPUTE_DTYPE:
            want = want.astype(got.dtype)
        if (got.shape, got.dtype) != (want.shape, want.dtype):
            lines.append(f"{name}: {got.dtype}{got.shape}, expected {want.dtype}{want.shape}")
            continue
        allowed = limit(policy, want, exact[name])
        if not (error := deviation(got, want, exact[name])) <= allowed:
            lines.append(
                f"{name}: off by {error:.1e} of the largest magnitude, at most {allowed:.1e}:\n"
                f"got {got!r}\nexpected {want!r}\nin float32 {exact[name]!r}"
            )
    return lines
