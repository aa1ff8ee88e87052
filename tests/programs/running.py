"""Run a program of this folder on minigrad, or on Keras with nothing but its imports changed.

python -m tests.programs.running     in an environment with Keras and JAX: writes programs.json,
                                     what the programs learn there
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
GOLDEN = FOLDER.parent / "golden" / "programs.json"
SEEDS = (0, 1, 2)
# The programs that are written against Keras's API alone, and the data set of each.
ON_BOTH = {
    "convnet": "digits",
    "bidirectional_lstm": "authors",
    "transformer": "authors",
    "gpt": "alice",
}


def write_data(name, path):
    """A data set of the wheel as one .npz file, which any engine can read."""
    from minigrad import datasets

    (x_train, y_train), (x_test, y_test) = getattr(datasets, name).load_data()
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def run(program, data, seed, folder, engine="minigrad"):
    """What a program learns: its arrays by name."""
    source = (FOLDER / f"{program}.py").read_text(encoding="utf-8")
    if engine != "minigrad":
        source = source.replace("import minigrad as keras", "import keras")
        source = source.replace("from minigrad import", "from keras import")
    script, result = folder / f"{program}.py", folder / f"{program}.npz"
    script.write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *(["-W", "error"] if engine == "minigrad" else []), str(script)]
        + [str(data), str(seed), str(result)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(FOLDER.parent.parent),
            "PYTHONIOENCODING": "utf-8",
            "KERAS_BACKEND": engine,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-4000:])
    with np.load(result) as arrays:
        return dict(arrays)


def main():
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for program, data in ON_BOTH.items():
            write_data(data, folder / "data.npz")
            runs = [run(program, folder / "data.npz", seed, folder, "jax") for seed in SEEDS]
            found[program] = {
                key: [round(float(np.ravel(one[key])[-1]), 4) for one in runs]
                for key in ("curve", "loss", "score")
            }
            print(program, found[program], flush=True)
    GOLDEN.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
