"""What runs under Keras: `python -m tests.interop.keras_job both|write FOLDER [THEIRS] [NAME ...]`.

`both` opens the models that minigrad saved in FOLDER, writes `differences.json` beside them, and
saves its own into THEIRS: one process, so that JAX translates each operation once. `write` saves
models of the zoo with their behaviour: those in `tests/golden/interop`. Run it with the root of the
repository on PYTHONPATH.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

from tests.interop import zoo

if __name__ == "__main__":
    action, folder, *rest = sys.argv[1:]
    if action == "both":
        (theirs,) = rest
        found = zoo.differences(folder, keras, list(zoo.ZOO))
        Path(folder, "differences.json").write_text(json.dumps(found))
        zoo.write(theirs, keras, list(zoo.ZOO))
    else:
        zoo.write(folder, keras, rest or list(zoo.ZOO))
