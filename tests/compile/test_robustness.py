"""Two threads, a forked child, a cache folder in trouble: training goes on, and is right."""

import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import Variable, ops
from minigrad.compile import fragments
from minigrad.kernels import native

TRAIN = """
import numpy as np
import minigrad as keras
from minigrad import layers
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(64, 12)).astype("float32")
y = x.argmax(1)

def trained(jit_compile):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([layers.Dense(12, activation="softmax")])
    model.compile("sgd", loss="sparse_categorical_crossentropy", jit_compile=jit_compile)
    model.fit(x, y, batch_size=16, epochs=5, verbose=0, shuffle=False)
    return np.concatenate([w.ravel() for w in model.get_weights()])
"""
CHECK = """
assert np.allclose(trained(True), trained(False), rtol=1e-4, atol=1e-5)
print("the same")
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", TRAIN + textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
    )


def make_step(seed):
    """A small step with a state of its own, and what it computes, by NumPy."""
    start = np.random.default_rng(seed).normal(size=(4, 4)).astype("float32")
    w = Variable(start)

    @mg.compile
    def step(x):
        with mg.GradientTape() as tape:
            loss = ops.sum(ops.square(x @ w))
        w.assign_sub(0.01 * tape.gradient(loss, w))

    def expected(x, times):
        value = start.astype("float64")
        for _ in range(times):
            value = value - 0.02 * x.T @ (x @ value)
        return value

    return step, w, expected


def test_threads_that_train_models_of_their_own():
    x = np.random.default_rng(9).normal(size=(5, 4)).astype("float32")
    steps = [make_step(seed) for seed in range(3)]
    errors = []

    def work(step):
        try:
            for _ in range(200):
                step(x)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(step,)) for step, _, _ in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for _, w, expected in steps:
        np.testing.assert_allclose(w.numpy(), expected(x, 200), rtol=1e-3, atol=1e-5)


def test_reading_a_variable_while_it_is_trained_gives_a_whole_value():
    v = Variable(np.zeros(1000, "float32"))
    step = mg.compile(lambda: v.assign_add(ops.ones((1000,))))
    step()
    step()
    mixed, done = [], threading.Event()

    def look():
        while not done.is_set():
            value = v.numpy()
            if value.min() != value.max():
                mixed.append(value)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(500):
        step()
    done.set()
    thread.join()
    assert not mixed
    assert v.numpy()[0] == 502


def test_two_threads_share_a_model():
    v = Variable(np.zeros(10, "float32"))
    step = mg.compile(lambda: v.assign_add(ops.ones((10,))))
    step()
    threads = [threading.Thread(target=lambda: [step() for _ in range(100)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(v.numpy(), 201)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_trains_on():
    done = run("""
    import os
    trained(True)  # until kernels are loaded, NumPy does the recorded step, and rounds otherwise
    here = trained(True)
    child = os.fork()
    if child == 0:
        there = trained(True)
        os._exit(0 if (there == here).all() else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert (trained(True) == here).all()
    print("the same")
    """)
    assert "the same" in done.stdout, done.stderr


@pytest.mark.parametrize("trouble", ["read-only", "corrupt", "a file"])
def test_a_cache_folder_in_trouble(tmp_path, trouble):
    folder = tmp_path / "cache"
    if trouble == "a file":
        folder.write_text("in the way")
    else:
        folder.mkdir()
        if trouble == "corrupt":
            assert "the same" in run(CHECK, MINIGRAD_CACHE_DIR=str(folder)).stdout
            for path in (folder / "kernels").iterdir():
                path.write_bytes(b"nonsense" * 100)
        else:
            folder.chmod(0o500)
    done = run(CHECK, MINIGRAD_CACHE_DIR=str(folder))
    assert "the same" in done.stdout, done.stderr


def test_two_processes_share_a_new_cache_folder(tmp_path):
    command = [sys.executable, "-c", TRAIN + CHECK]
    environment = {**os.environ, "MINIGRAD_CACHE_DIR": str(tmp_path / "missing")}
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert "the same" in process.communicate(timeout=240)[0]


def test_a_killed_compile_leaves_a_usable_cache(tmp_path):
    environment = {**os.environ, "MINIGRAD_CACHE_DIR": str(tmp_path)}
    killed = subprocess.Popen(
        [sys.executable, "-c", TRAIN + "print(trained(True).sum(), flush=True)"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        killed.wait(timeout=2.5)
    except subprocess.TimeoutExpired:
        killed.kill()
        killed.wait()
    assert "the same" in run(CHECK, MINIGRAD_CACHE_DIR=str(tmp_path)).stdout


def test_without_numba_programs_are_interpreted():
    done = run(CHECK, NUMBA_DISABLE_JIT="1")
    assert "the same" in done.stdout, done.stderr


def test_results_do_not_depend_on_the_number_of_threads():
    code = """
    import hashlib
    from minigrad.compile import fragments
    fragments._PARALLEL_ABOVE = fragments._SHARE = 1 << 9  # everything is shared out
    model = keras.Sequential([layers.Dense(300, "gelu"), layers.BatchNormalization(),
                              layers.Dropout(0.2), layers.Dense(260, "tanh"), layers.Dense(12)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, jit_compile=True)
    wide = np.repeat(x, 40, axis=1)
    model.fit(wide, y, batch_size=48, epochs=4, verbose=0, shuffle=False)
    found = b"".join(w.tobytes() for w in model.get_weights())
    shares = [row[3] for row in map(model.train_function.run.replays[0].rows.of,
                                    model.train_function.run.replays[0].plan.steps)]
    print(hashlib.sha256(found).hexdigest(), shares)
    """
    found = {run(code, NUMBA_NUM_THREADS=str(n)).stdout for n in (1, 2, 3)}
    assert len(found) == 1
    assert "[" in (text := found.pop())
    assert max(int(n) for n in text[text.index("[") + 1 : text.index("]")].split(",")) > 1


def test_a_kernel_that_cannot_be_compiled_is_replaced_by_numpy(monkeypatch, caplog):
    def fails(fragment):
        raise ValueError("no luck today")

    monkeypatch.setattr(fragments, "address", fails)
    step, w, expected = make_step(4)
    x = np.random.default_rng(9).normal(size=(5, 4)).astype("float32")
    for _ in range(3):
        step(x)
    np.testing.assert_allclose(w.numpy(), expected(x, 3), rtol=1e-4, atol=1e-5)
    assert "could not be compiled and runs as NumPy instead (ValueError: no luck" in caplog.text


def test_the_stages_are_told_on_request():
    done = run("trained(True)", MINIGRAD_DEBUG="compile")
    for stage in ("recorded", "simplified", "fused", "source"):
        assert f"--- {stage} ---" in done.stderr
    assert "def step(m):" in done.stderr


def test_another_batch_size_needs_no_new_kernels():
    compiled = mg.compile(mg.grad(lambda x: ops.sum(ops.tanh(x * 1.3) + ops.mean(x))))
    for rows in (6, 7, 64, 1000):
        x = np.ones((rows, 3), "float32")
        compiled(x)
        before = len(native._addresses)
        compiled(x)
        if rows > 6:
            assert len(native._addresses) == before
