"""Write edges.npz: what every op gives at its edges, from Keras on JAX, and symbolic shapes.

    python tests/golden/generate_edges.py [KEY ...]

With keys of `edges.keys()`, only these are made anew. The tests that read it need neither.
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
# Thousands of small programs run once each: compiling them is what takes the time.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"
sys.path.insert(0, str(Path(__file__).parents[2]))

import jax
import keras
import numpy as np

from tests.golden.edges import DTYPES, OPEN, SAME_AS_PLAIN, WIDE, edges, keys, mapped, opened

warnings.simplefilter("ignore")
REFUSED = "refused"
FILE = Path(__file__).with_name("edges.npz")


def results(row, args, kwargs):
    """The arrays that come out, or REFUSED."""
    tensors = mapped((args, kwargs), keras.ops.convert_to_tensor)
    try:
        found = jax.tree.leaves(row(keras.ops, *tensors))
        return [np.asarray(one) for one in found]
    except Exception:  # whatever Keras or JAX raise: it is no valid call
        return REFUSED


def symbolic_shapes(row, which):
    """The shapes for tensors some of whose axes are unknown, or REFUSED."""
    symbolic = opened((row.args, row.kwargs), which, keras.KerasTensor)
    try:
        found = jax.tree.leaves(row(keras.ops, *symbolic))
        return [list(getattr(one, "shape", ())) for one in found]
    except Exception:
        return REFUSED


def results_at_edges(row):
    """{edge: REFUSED or the arrays} of what Keras gives."""
    found = {}
    for edge, (args, kwargs) in edges(row).items():
        if edge in SAME_AS_PLAIN:
            continue
        # JAX has 64 bits or not; Keras's own dtypes are those of a JAX without.
        wide = edge in WIDE or edge not in DTYPES
        with jax.enable_x64(wide):
            keras.config.set_floatx("float64" if wide else "float32")
            found[edge] = results(row, args, kwargs)
    return found


def main(only):
    kept = stored() if only else {}
    symbolic = {
        key: {which: symbolic_shapes(row, which) for which in OPEN} for key, row in keys().items()
    }
    for key, row in keys().items():
        if not only or key in only:
            print(key, file=sys.stderr, flush=True)
            kept[key] = results_at_edges(row)
    kept = {key: kept[key] for key in keys()}
    index, values, start = {}, [np.zeros(0)], 0
    for key, found in kept.items():
        index[key] = {}
        for edge, arrays in found.items():
            if arrays == REFUSED:
                index[key][edge] = REFUSED
                continue
            index[key][edge] = []
            for one in arrays:
                index[key][edge].append([list(one.shape), str(one.dtype), start])
                for part in [one.real, one.imag] if one.dtype.kind == "c" else [one]:
                    values.append(part.ravel().astype(np.float64))
                    start += part.size
    np.savez_compressed(
        FILE,
        index=np.frombuffer(json.dumps(index).encode(), np.uint8),
        symbolic=np.frombuffer(json.dumps(symbolic).encode(), np.uint8),
        values=np.concatenate(values),
    )


def stored():
    """The results at edges that the file has."""
    with np.load(FILE) as file:
        index, values = json.loads(file["index"].tobytes()), file["values"]
    kept = {}
    for key, found in index.items():
        kept[key] = {}
        for edge, arrays in found.items():
            kept[key][edge] = REFUSED if arrays == REFUSED else []
            for shape, dtype, start in arrays if arrays != REFUSED else ():
                size = int(np.prod(shape))
                one = values[start : start + size]
                if dtype.startswith("complex"):
                    one = np.stack([one, values[start + size : start + 2 * size]], -1).view(complex)
                if dtype == "uint64":  # the greatest was rounded to 2^64
                    one = np.minimum(one, np.nextafter(2.0**64, 0))
                kept[key][edge].append(one.reshape(shape).astype(dtype))
    return kept


if __name__ == "__main__":
    main(sys.argv[1:])
