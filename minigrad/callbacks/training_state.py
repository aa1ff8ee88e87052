"""What a training depends on besides its weights: random numbers, position in the data, metrics.

`BackupAndRestore` keeps it as JSON beside the weights, so that a training which is resumed computes
bit for bit what it would have computed without the interruption.
"""

import base64
import contextlib
import random

import numpy as np

from minigrad import dtypes
from minigrad.compile.step import Compiled
from minigrad.random.seed_generator import global_seed_generator, has_global_seed_generator


def random_states():
    """The states of Python's and NumPy's global generators, which shuffle data."""
    return np.random.get_state(), random.getstate()


def set_random_states(states):
    """Give the generators the states that `random_states` told."""
    of_numpy, of_python = states
    np.random.set_state(of_numpy)
    random.setstate(of_python)


def portable_random_states():
    """`random_states`, for JSON."""
    return _encoded_states(random_states())


def set_portable_random_states(states):
    """`set_random_states` with what `portable_random_states` told."""
    set_random_states(_decoded_states(states))


def _encoded_states(states):
    (name, keys, *rest), (version, words, gauss) = states
    return {
        "numpy": [name, _encoded(keys), *rest],
        "python": [version, _encoded(np.array(words, "uint32")), gauss],
    }


def _decoded_states(states):
    name, keys, *rest = states["numpy"]
    version, words, gauss = states["python"]
    of_python = version, tuple(_decoded(words).tolist()), gauss
    return (name, _decoded(keys), *rest), of_python


def training_state(model, step, logs):
    """All that the rest of a training in `fit` depends on, apart from the weights; for JSON.

    Args:
        model: The model that is being trained.
        step: How many steps of the epoch are done; 0 at its end.
        logs: Those of the last step.
    """
    data, callbacks = model._in_training or (None, ())
    position = None if data is None else data.position()
    if position is not None:
        position = {**position, "states": _encoded_states(position["states"])}
    rate = _learning_rate(model)
    return {
        "step": step,
        "logs": _encoded(logs or {}),
        "random": portable_random_states(),
        "global_seed": _encoded(
            global_seed_generator().state.numpy() if has_global_seed_generator() else None
        ),
        "data": position,
        "metrics": [_encoded(variable.numpy()) for variable in model.metrics_variables],
        "learning_rate": None if rate is None else _encoded(rate.numpy()),
        "compiled": {name: one.signatures for name, one in _compiled(model)},
        "callbacks": [
            {name: _encoded(getattr(one, name)) for name in one.kept_in_backups}
            for one in callbacks
        ],
    }


def resume(model, state):
    """Bring a training that has just begun to where `training_state` was told.

    Returns the logs of the last step, or None where an epoch begins.
    """
    data, callbacks = model._in_training
    if len(model.metrics_variables) != len(state["metrics"]):
        _build_metrics(model, data)
    for name, step in _compiled(model):
        step.replay_at_once(state["compiled"].get(name, ()))
    position = state["data"]
    if position is not None:
        position = {**position, "states": _decoded_states(position["states"])}
    data.resume(position, state["step"])
    set_portable_random_states(state["random"])
    seed = _decoded(state["global_seed"])
    if seed is not None:
        global_seed_generator().state.assign(seed)
    if state["step"]:
        _assign_all(model.metrics_variables, state["metrics"])
        rate = _learning_rate(model)
        if rate is not None and state["learning_rate"] is not None:
            rate.assign(_decoded(state["learning_rate"]))
    if [*map(set, state["callbacks"])] == [set(one.kept_in_backups) for one in callbacks]:
        for one, kept in zip(callbacks, state["callbacks"], strict=True):
            for name, value in kept.items():
                setattr(one, name, _decoded(value))
    return _decoded(state["logs"]) if state["step"] else None


def go_on(model):
    """Let a training that does not begin with its first epoch round as one that did.

    Its steps would all have been recorded in that epoch.
    """
    data, _ = model._in_training
    _build_metrics(model, data)
    data.unpeek()
    for _, step in _compiled(model):
        if not step.signatures:
            step.replay_at_once()


def _build_metrics(model, data):
    with contextlib.suppress(Exception):  # what cannot be traced is built by the first step
        model._symbolic_build(data)


def _compiled(model):
    """(name, compiled step) for the steps that `fit` takes."""
    if not hasattr(model, "_ready"):
        return
    for name in ("train_function", "test_function"):
        step = getattr(model._ready(name), "run", None)
        if isinstance(step, Compiled):
            yield name, step


def _learning_rate(model):
    """The Variable that callbacks change, if the optimizer has one."""
    optimizer = getattr(model, "optimizer", None)
    rate = getattr(optimizer, "_learning_rate", None)
    return rate if hasattr(rate, "assign") else None


def _assign_all(variables, values):
    if len(variables) == len(values):  # other metrics are of no use to each other
        for variable, value in zip(variables, values, strict=True):
            variable.assign(_decoded(value))


def _encoded(value):
    """A value with NumPy arrays in it as JSON takes it, without loss."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        text = base64.b64encode(array.tobytes()).decode()
        return {"array": text, "dtype": array.dtype.name, "shape": array.shape}
    if isinstance(value, list | tuple):
        return [_encoded(one) for one in value]
    if isinstance(value, dict):
        return {"dict": {key: _encoded(one) for key, one in value.items()}}
    if hasattr(value, "numpy"):
        return _encoded(value.numpy())
    return value


def _decoded(value):
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "dict" in value:
        return {key: _decoded(one) for key, one in value["dict"].items()}
    array = np.frombuffer(base64.b64decode(value["array"]), dtypes.to_numpy_dtype(value["dtype"]))
    array = array.reshape(value["shape"]).copy()
    return array if array.ndim else array[()]
