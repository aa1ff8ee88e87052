"""Files that Keras saved open here and the reverse, with the same outputs and the same next step.

The files in `tests/golden/interop` were saved by Keras 3.15 on JAX, by `python -m
tests.interop.keras_job write tests/golden/interop NAME ...` with the names of `zoo.TRAINED`. With
MINIGRAD_KERAS_PYTHON, the path of a Python that has Keras and JAX, the whole zoo goes both ways.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

import minigrad
from tests.interop import zoo

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "interop"
TOLERANCE = {"weights": 0, "iterations": 0, "outputs": 1e-6, "outputs after a step": 1e-5}


def too_far(differences):
    return {
        (name, what): distance
        for name, found in differences.items()
        for what, distance in found.items()
        if not distance <= TOLERANCE[what]
    }


def keras_job(*arguments):
    python = os.environ.get("MINIGRAD_KERAS_PYTHON")
    if not python:
        pytest.skip("MINIGRAD_KERAS_PYTHON names no Python that has Keras and JAX")
    environment = dict(os.environ, KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [python, "-m", "tests.interop.keras_job", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_files_of_keras_load_with_the_same_outputs_and_the_same_next_step():
    assert too_far(zoo.differences(GOLDEN, minigrad, list(zoo.TRAINED))) == {}


@pytest.mark.slow
def test_the_whole_zoo_goes_from_keras_to_minigrad(tmp_path):
    keras_job("write", tmp_path)
    assert too_far(zoo.differences(tmp_path, minigrad, list(zoo.ZOO))) == {}


@pytest.mark.slow
def test_the_whole_zoo_goes_from_minigrad_to_keras(tmp_path):
    zoo.write(tmp_path, minigrad, list(zoo.ZOO))
    differences = json.loads(keras_job("check", tmp_path).splitlines()[-1])
    assert set(differences) == set(zoo.ZOO)
    assert too_far(differences) == {}
