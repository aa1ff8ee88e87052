"""What docs/outgrowing.md says works: the script goes on under Keras, and on several processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.distribution.test_data_parallel import mpiexec

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "outgrowing.md").read_text(encoding="utf-8")
SCRIPT, DISTRIBUTED, DEVICES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def run(folder, script, *command, **environment):
    """{"before" and "after": [loss, accuracy]} that a script prints."""
    (folder / "script.py").write_text(script, encoding="utf-8")
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [*command, "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path), **environment},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    files = [path.read_text(encoding="utf-8") for path in folder.glob("*.out")]
    printed = "".join([done.stdout, *files])
    found = re.findall(r"(before|after): ([\d.e-]+) ([\d.e-]+)(?=\s)", printed)
    return {name: [float(loss), float(accuracy)] for name, loss, accuracy in found}


def with_lines(lines):
    """The script, with lines after its imports."""
    start = "keras.utils.set_random_seed"
    assert start in SCRIPT
    return SCRIPT.replace(start, f"{lines.strip()}\n{start}", 1)


def on_keras(script):
    assert script.count("import minigrad as keras") == 1
    return script.replace("import minigrad as keras", "import keras")


def goes_on(before, after):
    """A second training begins where the first one ended."""
    assert after["before"] == pytest.approx(before["after"], abs=1e-5)
    assert after["after"][0] < before["after"][0]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder with the model of a first training by minigrad, and what that printed."""
    folder = tmp_path_factory.mktemp("begun")
    return folder / "model.keras", run(folder, SCRIPT, sys.executable)


def copied(begun, folder):
    path, found = begun
    (folder / "model.keras").write_bytes(path.read_bytes())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["jax", "torch", "tensorflow"])
def test_the_script_goes_on_under_keras_and_comes_back(tmp_path, begun, keras_python, engine):
    first = copied(begun, tmp_path)
    check = [keras_python, "-c", f"import {engine}"]
    if engine != "jax" and subprocess.run(check, capture_output=True).returncode:
        pytest.skip(f"the environment with Keras has no {engine}")
    second = run(tmp_path, on_keras(SCRIPT), keras_python, KERAS_BACKEND=engine)
    goes_on(first, second)
    goes_on(second, run(tmp_path, SCRIPT, sys.executable))


@pytest.mark.slow
def test_the_script_goes_on_on_several_devices_of_keras(tmp_path, begun, keras_python):
    first = copied(begun, tmp_path)
    lines = DEVICES.replace("import keras\n", "")
    found = run(
        tmp_path,
        on_keras(with_lines(lines)),
        keras_python,
        KERAS_BACKEND="jax",
        XLA_FLAGS="--xla_force_host_platform_device_count=2",
    )
    goes_on(first, found)


@pytest.mark.slow
def test_the_script_goes_on_on_several_processes(tmp_path, begun):
    first = copied(begun, tmp_path)
    # Several processes would write into each other's lines.
    apart = 'import os, sys\nsys.stdout = open(f"{os.getpid()}.out", "w", buffering=1)\n'
    script = with_lines(DISTRIBUTED + apart)
    goes_on(first, run(tmp_path, script, mpiexec(), "-n", "2", sys.executable))
