"""set_random_seed: two runs in two processes are equal bit for bit, whatever our threads.

The matrix products are OpenBLAS's, which rounds differently when it has another number of threads
of its own (its blocks are cut differently), so that number stays the same here.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

RUN = """
import hashlib
import numpy as np
import minigrad as keras

keras.utils.set_random_seed(7)
layers = keras.layers
model = keras.Sequential(
    [
        keras.Input((64,)),
        layers.Dense(300, activation="gelu"),
        layers.BatchNormalization(),
        layers.Dropout(0.3),
        layers.Dense(10),
    ]
)
model.compile(
    optimizer=keras.optimizers.AdamW(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
    run_eagerly={eager},
)
(x, y), _ = keras.datasets.digits.load_data()
x = x.reshape(len(x), 64)[:600] / 16
history = model.fit(x, y[:600], epochs=2, batch_size=128, validation_split=0.2, verbose=0).history
state = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state += repr(sorted(history.items())).encode()
state += keras.random.normal((5000,)).numpy().tobytes()
print(hashlib.sha256(state).hexdigest())
"""


def digest(eager, threads, tmp_path):
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MINIGRAD_CACHE_DIR": str(tmp_path / "cache"),
        "NUMBA_NUM_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN.replace("{eager}", str(eager))],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = done.stdout.strip()
    assert len(found) == len(hashlib.sha256().hexdigest())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("eager", [True, False])
def test_runs_are_equal_bit_for_bit(eager, tmp_path):
    first, again, alone = (digest(eager, threads, tmp_path) for threads in ("2", "2", "1"))
    assert first == again
    assert first == alone
