"""Write minigrad/models/op_classes.py: under which class name Keras's files keep each op.

KERAS_BACKEND=jax python tests/golden/generate_op_classes.py
"""

import importlib
import inspect
from pathlib import Path

import keras
from keras.src.ops.operation import Operation

TARGET = Path(__file__).parents[2] / "minigrad" / "models" / "op_classes.py"
HEAD = '''"""Under which class Keras's files keep each op, and which arguments go into the call.

Made by tests/golden/generate_op_classes.py; the other arguments are the class's config.
"""

# op: (module below keras.src.ops, class, arguments of the call)
OP_CLASSES = {
'''


def main():
    functions = {name.replace("_", ""): name for name in dir(keras.ops) if name[0] != "_"}
    rows = {}
    for module in ("core", "image", "linalg", "math", "nn", "numpy"):
        loaded = importlib.import_module(f"keras.src.ops.{module}")
        for name, cls in inspect.getmembers(loaded, inspect.isclass):
            function = functions.get(name.lower())
            if issubclass(cls, Operation) and cls.__module__ == loaded.__name__ and function:
                call = [p for p in inspect.signature(cls.call).parameters if p != "self"]
                rows[function] = (module, name, tuple(call))
    lines = [f"    {name!r}: {row!r},\n".replace("'", '"') for name, row in sorted(rows.items())]
    TARGET.write_text(HEAD + "".join(lines) + "}\n")


if __name__ == "__main__":
    main()
