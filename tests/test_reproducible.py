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
from minigrad import layers

def mlp():
    (x, y), _ = keras.datasets.digits.load_data()
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(300, activation="gelu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(10),
        ]
    )
    return model, x.reshape(len(x), 64)[:600] / 16, y[:600]

def recurrent(layer):
    rng = np.random.default_rng(0)
    model = keras.Sequential(
        [
            keras.Input((24, 28)),
            layer(96, return_sequences=True, dropout=0.2),
            layers.Bidirectional(layer(40)),
            layers.Dense(10),
        ]
    )
    return model, rng.normal(size=(300, 24, 28)).astype("float32"), rng.integers(0, 10, 300)

def lstm():
    return recurrent(layers.LSTM)

def gru():
    return recurrent(layers.GRU)

def gpt():
    rng = np.random.default_rng(0)
    tokens = keras.Input((48,), dtype="int32")
    x = layers.Embedding(50, 96)(tokens) + layers.Embedding(48, 96)(keras.ops.arange(48))
    for _ in range(2):
        h = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(4, 24, dropout=0.1)(h, h, use_causal_mask=True)
        h = layers.Dense(384, activation="gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dropout(0.1)(layers.Dense(96)(h))
    model = keras.Model(tokens, layers.Dense(50)(layers.LayerNormalization()(x)))
    text = rng.integers(0, 50, (160, 49))
    return model, text[:, :-1].astype("int32"), text[:, 1:]

def digest():
    keras.utils.set_random_seed(7)
    keras.backend.clear_session()
    model, x, y = {model}()
    model.compile(
        optimizer=keras.optimizers.AdamW(1e-3, global_clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        run_eagerly={eager},
    )
    settings = {{"epochs": 2, "batch_size": 64, "validation_split": 0.2, "verbose": 0}}
    history = model.fit(x, y, **settings).history
    state = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
    state += repr(sorted(history.items())).encode()
    state += model.predict(x, verbose=0).tobytes()
    state += keras.random.normal((5000,)).numpy().tobytes()
    return hashlib.sha256(state).hexdigest()

if {twice}:
    from minigrad.kernels.jit import load_numba
    load_numba()
    assert digest() == digest()
print(digest())
"""


def digest(model, eager, threads, twice=False):
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NUMBA_NUM_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(model=model, eager=eager, twice=twice)],
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
@pytest.mark.parametrize("eager", [True, False], ids=["eager", "compiled"])
def test_runs_are_equal_bit_for_bit(eager):
    first, again, alone = (digest("mlp", eager, threads) for threads in ("2", "2", "1"))
    assert first == again
    assert first == alone


@pytest.mark.slow
@pytest.mark.parametrize("model", ["lstm", "gru", "gpt"])
def test_compiled_runs_are_equal_whatever_the_number_of_threads(model):
    one, two, three = (digest(model, False, threads) for threads in "123")
    assert one == two
    assert one == three


@pytest.mark.slow
@pytest.mark.parametrize("eager", [True, False], ids=["eager", "compiled"])
def test_once_numba_is_loaded_trainings_in_one_process_are_equal_too(eager):
    digest("mlp", eager, "2", twice=True)
