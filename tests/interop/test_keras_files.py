"""Files that Keras saved open here and the reverse, with the same outputs and the same next step.

The files in `tests/golden/interop` were saved by Keras 3.15 on JAX, by `python -m
tests.interop.keras_job write tests/golden/interop NAME ...` with the names of `zoo.GOLDEN`. The
whole zoo goes both ways where there is a Keras: MINIGRAD_KERAS_PYTHON names a Python that has it,
and on CI an environment is made (see `job.py`).
"""

from pathlib import Path

import pytest

import minigrad
from tests.interop import job, zoo

GOLDEN = Path(__file__).parents[1] / "golden" / "interop"
TOLERANCE = {"weights": 0, "iterations": 0, "outputs": 1e-6, "outputs after a step": 1e-5}


def too_far(differences):
    return {
        (name, what): distance
        for name, found in differences.items()
        for what, distance in found.items()
        if what == "failed" or not distance <= TOLERANCE[what]
    }


def test_files_of_keras_load_with_the_same_outputs_and_the_same_next_step():
    assert too_far(zoo.differences(GOLDEN, minigrad, list(zoo.GOLDEN))) == {}


def test_the_zoo_has_every_layer_and_optimizer():
    def classes(namespace, kind):
        found = {name: getattr(namespace, name) for name in dir(namespace)}
        return {
            cls.__name__
            for cls in found.values()
            if isinstance(cls, type) and issubclass(cls, kind) and cls is not kind
        }

    layers = {name.removeprefix("layer ") for name in zoo.ZOO}
    others = {"Dense", "MultiHeadAttention"}
    missing = classes(minigrad.layers, minigrad.Layer) - layers - zoo.NOT_IN_THE_ZOO - others
    assert missing == set()
    optimizers = classes(minigrad.optimizers, minigrad.Optimizer) - {"MultiOptimizer"}
    assert {f"optimizer {name}" for name in optimizers} <= set(zoo.TRAINED)


def test_the_table_of_the_documentation_has_the_whole_zoo():
    names = [name for name, *_ in job.written_rows(job.BEGIN)]
    assert names == [name.replace("_", " ") for name in zoo.ZOO]


@pytest.mark.slow
def test_the_whole_zoo_goes_to_keras_and_back(tmp_path, keras_python):
    results = job.run(keras_python, tmp_path)
    for direction, found in results.items():
        assert set(found) == set(zoo.ZOO), direction
        assert too_far(found) == {}, direction
