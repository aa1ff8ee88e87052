"""Write promotion.json: the common dtype of pairs and triples of dtypes.

Needs keras and jax. Without 64-bit operands the answer is Keras's on JAX; with one of them it is
JAX's own with its 64-bit mode on, which Keras on JAX never uses. "float" and "int" are Python's
scalars; as a result, "float" is a weak float: the default float type.

    KERAS_BACKEND=jax python tests/golden/generate_promotion.py
"""

import itertools
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras

PYTHON_TYPES = {"int": int, "float": float}
NAMES = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 "
    "bfloat16 float16 float32 float64 complex64 complex128 int float"
).split()


def common_dtype(names):
    operands = [PYTHON_TYPES.get(name, name) for name in names]
    if not any(("64" in name and name != "complex64") or "128" in name for name in names):
        return keras.backend.result_type(*operands)
    with jax.enable_x64(True):
        dtype, weak = jax.dtypes.result_type(*operands, return_weak_type_flag=True)
    return "float" if weak and dtype.kind == "f" else dtype.name


def main():
    table = {
        " ".join(names): common_dtype(names)
        for count in (1, 2, 3)
        for names in itertools.combinations_with_replacement(NAMES, count)
    }
    path = Path(__file__).with_name("promotion.json")
    path.write_text(json.dumps(table, indent=0) + "\n")
    print(f"{path}: {len(table)} combinations")


if __name__ == "__main__":
    main()
