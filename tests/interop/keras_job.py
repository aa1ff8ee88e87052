"""What runs under Keras: `python keras_job.py write FOLDER [NAME ...]`, or `check FOLDER`.

`write` saves models of the zoo with their behaviour, `check` prints the differences of models that
minigrad saved, as JSON. Without names: all. Run it with the root of the repository on PYTHONPATH.
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

from tests.interop import zoo

if __name__ == "__main__":
    action, folder, *names = sys.argv[1:]
    names = names or list(zoo.ZOO)
    if action == "write":
        zoo.write(folder, keras, names)
    else:
        print(json.dumps(zoo.differences(folder, keras, names)))
