"""Write ops.json: dtypes of results, and gradients at kinks and ties, from Keras on JAX.

    KERAS_BACKEND=jax python tests/golden/generate_ops.py

The tests that read it need neither.
"""

import itertools
import json
import os
import sys
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
sys.path.insert(0, str(Path(__file__).parents[2]))

import jax
import jax.numpy as jnp
import keras

from tests.golden.op_calls import AT_KINKS, AT_TIES, DTYPES, KINKS, TIES, calls

warnings.simplefilter("ignore")


def dtypes_of(call, dtypes):
    """The names of the dtypes of the result, or "refused"."""
    arrays = [jnp.ones((2, 2), dtype) for dtype in dtypes]
    try:
        result = call(keras.ops, *arrays)
    except (TypeError, ValueError):
        return "refused"
    return " ".join(keras.backend.standardize_dtype(x.dtype) for x in jax.tree.leaves(result))


def gradient(f, values):
    def total(x):
        y = f(keras.ops, x)
        return jnp.sum(y * jnp.arange(1.0, y.size + 1).reshape(y.shape))

    found = jax.grad(total)(jnp.array(values, "float32"))
    return [str(one) for one in found.tolist()]


def main():
    table = {}
    for name, call, count in calls():
        print(name, file=sys.stderr)
        rows = table.setdefault(name, {})
        # Operands may be exchanged: one order is enough, but for the first dtype of each.
        for dtypes in itertools.combinations_with_replacement(DTYPES, count):
            rows.setdefault(dtypes_of(call, dtypes), []).append(" ".join(dtypes))
    golden = {
        "dtypes": table,
        "kinks": {name: gradient(f, KINKS) for name, f in AT_KINKS.items()},
        "ties": {name: gradient(f, TIES) for name, f in AT_TIES.items()},
    }
    path = Path(__file__).with_name("ops.json")
    path.write_text(json.dumps(golden, indent=0, separators=(",", ":")))


if __name__ == "__main__":
    main()
