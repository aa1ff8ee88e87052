"""What runs under Keras, with the root of the repository on PYTHONPATH.

    python -m tests.interop.keras_job both FOLDER THEIRS

opens models that minigrad saved in FOLDER, writes the differences beside them, and saves its own
into THEIRS: one process for both, so that JAX translates each operation once.

    python -m tests.interop.keras_job write FOLDER [NAME ...]

saves models of the zoo with their behaviour: those in `tests/golden/interop`.
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
