"""Configs with absurd numbers are refused before memory is taken, whichever layer has them."""

import copy
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

import minigrad as mg
from minigrad.budget import budget_of, memory_budget
from minigrad.saving import archive

ROOT = Path(__file__).parents[2]
# Each number of a config is replaced by the first of these, and by one of the others in turn.
NUMBERS = (2**31, -1, 0, 3_000_000, 10**12, 10**18)
HEADROOM = 1 << 30  # bytes of address space that a load may take
SECONDS = 5  # of the processor, that a load may take


def places(config, path=()):
    """(path, value) of all whole numbers in a config, and of the shapes it was built for."""
    if isinstance(config, bool):
        return
    if isinstance(config, int):
        yield path, config
    elif isinstance(config, dict):
        for key, value in config.items():
            yield from places(value, (*path, key))
    elif isinstance(config, list):
        for key, value in enumerate(config):
            yield from places(value, (*path, key))


def changed(config, path, value):
    config = copy.deepcopy(config)
    inner = config
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return config


def load_all(numbers):
    """Load the zoo's configs with each number in them replaced: {"loaded": n, "refused": n}."""
    from tests.interop import zoo

    found = {"loaded": 0, "refused": 0, "slowest": 0.0}
    for name, build in zoo.ZOO.items():
        config = json.loads(json.dumps(mg.saving.serialize_keras_object(build(mg))))
        for i, (path, _) in enumerate(places(config)):
            for number in (numbers[0], numbers[1 + i % (len(numbers) - 1)]):
                text = json.dumps(changed(config, path, number))
                begun = time.process_time()
                try:
                    with memory_budget(budget_of(100_000)):
                        archive.model_from(text, None, True, True)
                    found["loaded"] += 1
                except (ValueError, TypeError):
                    found["refused"] += 1
                except BaseException as error:
                    raise AssertionError(f"{name}: {path} = {number}: {error!r}") from error
                took = time.process_time() - begun
                if took > SECONDS:
                    raise AssertionError(f"{name}: {path} = {number} took {took:.0f} s")
                found["slowest"] = max(found["slowest"], took)
    return found


def test_weights_beyond_what_the_file_could_hold_are_refused(tmp_path):
    model = mg.Sequential([mg.Input((3,)), mg.layers.Dense(2)])
    model.save(tmp_path / "m", zipped=False)
    path = tmp_path / "m" / "config.json"
    path.write_text(path.read_text().replace('"units": 2', '"units": 1000000000000'))
    with pytest.raises(ValueError, match=r"more than the .* left for a model from a file"):
        mg.saving.load_model(tmp_path / "m")


def test_a_large_model_is_no_harm(tmp_path):
    model = mg.Sequential([mg.Input((1000,)), mg.layers.Dense(9000)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "m.keras")
    assert mg.saving.load_model(tmp_path / "m.keras").count_params() == 9_009_000


@pytest.mark.slow
def test_each_number_of_each_config_may_be_absurd():
    """In a process of its own, whose memory is limited."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__))],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["refused"] > 1000
    assert found["loaded"] > 1000


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    mg.layers.LSTM  # noqa: B018  everything is loaded before memory is limited
    mg.saving.load_model  # noqa: B018
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + HEADROOM,) * 2)
    print(json.dumps(load_all(NUMBERS)))
