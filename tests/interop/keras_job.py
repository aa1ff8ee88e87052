"""What runs under Keras, with the root of the repository on PYTHONPATH.

    python -m tests.interop.keras_job both FOLDER THEIRS PART PARTS

opens models that minigrad saved in FOLDER, writes the differences beside them, and saves its own
into THEIRS: one process for both, so that JAX translates each operation once. PART tells which of
the zoo's models, as there may be several processes.

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
        theirs, part, parts = rest
        names = list(zoo.ZOO)[int(part) :: int(parts)]
        found = zoo.differences(folder, keras, names)
        Path(folder, f"differences-{part}.json").write_text(json.dumps(found))
        zoo.write(theirs, keras, names)
    else:
        zoo.write(folder, keras, rest or list(zoo.ZOO))
