"""`.h5` files of Keras 2: the config in an attribute, the weights of each layer in a group."""

import contextlib
import io
import json
import os
import warnings

import h5py
import numpy as np

from minigrad.budget import budget_of, memory_budget
from minigrad.saving import public_names
from minigrad.saving.files import write_bytes
from minigrad.saving.scopes import SafeModeScope
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object
from minigrad.saving.stores import damage_is_a_value_error, group_at, read_dataset, write_dataset

_HEADER_LIMIT = 64512  # bytes in an attribute


def save_model(model, path, include_optimizer=True):
    """Write a model as a `.h5` file."""
    warnings.warn(
        "You are saving your model as an HDF5 file. This file format is considered legacy; the "
        "native one is better: model.save('my_model.keras').",
        stacklevel=4,
    )
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        config = serialize_keras_object(model)
        file.attrs["keras_version"] = b"3.15.1"
        file.attrs["backend"] = b"minigrad"
        named = {"class_name": config["class_name"], "config": config["config"]}
        file.attrs["model_config"] = json.dumps(named).encode()
        _save_weights(file.create_group("model_weights"), model)
        optimizer = getattr(model, "optimizer", None)
        if include_optimizer and optimizer is not None:
            training = _training_config(model.get_compile_config())
            file.attrs["training_config"] = json.dumps(training).encode()
            if optimizer.variables:
                _save_variables(file.create_group("optimizer_weights"), optimizer.variables)
    write_bytes(path, data.getbuffer())


def _training_config(config):
    names = ("loss", "metrics", "weighted_metrics", "loss_weights")
    training = {name: config.get(name) for name in names}
    return {**training, "optimizer_config": config["optimizer"]}


def _save_weights(group, model):
    _put_names(group, "layer_names", [layer.name for layer in model.layers])
    group.attrs["backend"] = b"minigrad"
    group.attrs["keras_version"] = b"3.15.1"
    # Sorted, so that "a/b" is never made before a layer that is called "a".
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        _save_variables(group.create_group(layer.name), _weights(layer))
    _save_variables(group.create_group("top_level_model_weights"), _own_weights(model))


def _weights(layer):
    return layer.trainable_weights + layer.non_trainable_weights


def _own_weights(model):
    return [*model._trainable_variables, *model._non_trainable_variables]


def _save_variables(group, variables):
    names = [variable.path for variable in variables]
    if len(set(names)) < len(names):
        names = [f"{name}_{i}" for i, name in enumerate(names)]
    _put_names(group, "weight_names", names)
    for name, variable in zip(names, variables, strict=True):
        write_dataset(group, name, variable)


def _put_names(group, attribute, names):
    names = [name.encode() for name in names]
    if sum(map(len, names)) < _HEADER_LIMIT // 2:
        group.attrs[attribute] = names
        return
    parts = 2
    while any(part.nbytes > _HEADER_LIMIT for part in np.array_split(np.array(names), parts)):
        parts += 1
    for i, part in enumerate(np.array_split(np.array(names), parts)):
        group.attrs[f"{attribute}{i}"] = part


def _names(group, attribute):
    if attribute in group.attrs:
        found = list(group.attrs[attribute])
    else:
        found, i = [], 0
        while f"{attribute}{i}" in group.attrs:
            found += list(group.attrs[f"{attribute}{i}"])
            i += 1
    return [name.decode() if isinstance(name, bytes) else str(name) for name in found]


def load_model(path, custom_objects=None, compile=True, safe_mode=True):
    """The model in a `.h5` file. Raises ValueError if there is none in it."""
    with _opened(path) as file:
        config = _json(file, "model_config")
        if config is None:
            raise ValueError(f"No model config found in the file at {path}.")
        size = os.path.getsize(path)
        with SafeModeScope(safe_mode), memory_budget(budget_of(size)):
            model = deserialize_keras_object(_with_modules(config), custom_objects)
        _load_weights(_weights_of(file), model, None, False)
        training = _json(file, "training_config") if compile else None
        if training is not None:
            arguments = _with_modules(training)
            arguments["optimizer"] = arguments.pop("optimizer_config", None)
            with SafeModeScope(safe_mode):
                model.compile_from_config(arguments)
            state = group_at(file, "optimizer_weights")
            if state is not None and model.optimizer.built:
                _assign(model.optimizer, model.optimizer.variables, state, True)
    return model


def load_weights(model, path, by_name, skip_mismatch):
    """Give a model the weights in a `.h5` file."""
    with _opened(path) as file:
        _load_weights(_weights_of(file), model, by_name, skip_mismatch)


@contextlib.contextmanager
def _opened(path):
    with damage_is_a_value_error():
        file = h5py.File(path, "r")
    with file:
        try:
            yield file
        except (ValueError, TypeError, MemoryError):
            raise
        except Exception as error:  # whatever a damaged file leads to
            raise ValueError(
                f"The file is damaged, or does not fit the classes that it names. The error was: "
                f"{type(error).__name__}: {error}. Received: filepath={path}"
            ) from error


def _json(file, attribute):
    text = file.attrs.get(attribute)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"`{attribute}` of the file is not readable JSON: {error}") from error


def _with_modules(config):
    """A config with the modules that Keras 2 left out: its class names are all public ones."""
    if isinstance(config, list):
        return [_with_modules(one) for one in config]
    if not isinstance(config, dict):
        return config
    made = {key: _with_modules(value) for key, value in config.items()}
    name = made.get("class_name")
    if isinstance(name, str) and "config" in made and "module" not in made:
        for place in (
            "layers",
            "models",
            "optimizers",
            "optimizers.schedules",
            "initializers",
            "regularizers",
            "constraints",
            "losses",
            "metrics",
            "dtype_policies",
        ):
            if public_names.find(f"keras.{place}", name) is not None:
                return {"module": f"keras.{place}", **made, "registered_name": None}
        if name not in ("__tuple__",):
            return {"module": None, **made, "registered_name": name}
    return made


def _weights_of(file):
    if "layer_names" in file.attrs or "layer_names0" in file.attrs:
        return file
    group = group_at(file, "model_weights")
    if group is None:
        raise ValueError(f"No weights found in the file. Received: filepath={file.filename}")
    return group


def _load_weights(file, model, by_name, skip_mismatch):
    saved = {name: group_at(file, name) for name in _names(file, "layer_names")}
    if by_name:
        pairs = [(layer, saved[layer.name]) for layer in model.layers if layer.name in saved]
    else:
        layers = [layer for layer in model.layers if _weights(layer)]
        groups = [group for group in saved.values() if group is not None]
        groups = [group for group in groups if _names(group, "weight_names")]
        if len(layers) != len(groups):
            raise ValueError(
                "Layer count mismatch when loading weights from file. Model expected "
                f"{len(layers)} layers, found {len(groups)} saved layers."
            )
        pairs = list(zip(layers, groups, strict=True))
    for layer, group in pairs:
        _assign(layer, _weights(layer), group, skip_mismatch)
    top = group_at(file, "top_level_model_weights")
    if top is not None:
        _assign(model, _own_weights(model), top, skip_mismatch)


def _assign(owner, variables, group, skip_mismatch):
    names = [] if group is None else _names(group, "weight_names")
    values = [read_dataset(*_split(group, name)) for name in names]
    shapes = [value.shape for value in values]
    if shapes != [variable.shape for variable in variables]:
        message = (
            f"Weights of '{owner.name}' do not fit: expected shapes "
            f"{[variable.shape for variable in variables]}. Received: {shapes}"
        )
        if not skip_mismatch:
            raise ValueError(message)
        warnings.warn(f"Skipping: {message}", stacklevel=5)
        return
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _split(group, name):
    folder, _, last = name.rpartition("/")
    inner = group_at(group, folder)
    if inner is None:
        raise ValueError(f"The file has no weight '{name}' of those that it lists.")
    return inner, last
