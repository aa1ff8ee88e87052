"""Write nn.npz: results and gradients of neural ops in float64, from Keras on JAX.

    python tests/golden/generate_nn.py

The tests that read it need neither.
"""

import os
import sys
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
sys.path.insert(0, str(Path(__file__).parents[2]))

import jax
import keras
import numpy as np

from tests.golden.nn_calls import CALLS
from tests.golden.peers import engine

warnings.simplefilter("ignore")
keras.config.set_floatx("float64")


def results_and_gradients(call, arrays):
    """The results, and the gradients of Σ result · (1, 2, 3, …) / size by the floating arrays."""
    floating = [i for i, x in enumerate(arrays) if x.dtype == np.float64]

    def run(*xs):
        full = list(arrays)
        for i, x in zip(floating, xs, strict=True):
            full[i] = x
        return jax.tree.leaves(call(keras.ops, *map(keras.ops.convert_to_tensor, full)))

    def total(*xs):
        return sum((y * np.arange(1, y.size + 1).reshape(y.shape) / y.size).sum() for y in run(*xs))

    given = [jax.numpy.asarray(arrays[i]) for i in floating]
    return run(*given), jax.grad(total, argnums=tuple(range(len(given))))(*given)


def main():
    stored = {}
    for name, (call, arrays) in CALLS.items():
        print(name, file=sys.stderr)
        with engine().precision("float64"):
            results, gradients = results_and_gradients(call, arrays)
        for kind, found in (("result", results), ("gradient", gradients)):
            for index, one in enumerate(found):
                one = np.asarray(one)
                stored[f"{name}|{kind}|{index}"] = one
    names = np.array(list(stored))
    shapes = np.array([str(x.shape) for x in stored.values()])
    values = np.concatenate([x.ravel().astype(np.float64) for x in stored.values()])
    np.savez_compressed(
        Path(__file__).with_name("nn.npz"), names=names, shapes=shapes, values=values
    )


if __name__ == "__main__":
    main()
