"""Weights to PyTorch's `state_dict`s and back: the same numbers, laid out as PyTorch does.

A rule says for a class of layers which variables become which arrays. `docs/interop.md` has them as
a table. Activations, channels and formulas are the caller's: PyTorch has its channels first.
"""

import os
from typing import NamedTuple

import numpy as np

from minigrad.saving.arrays import read_arrays, write_arrays


class Part(NamedTuple):
    """Variables that become arrays of a state_dict; both conversions return tuples of arrays."""

    variables: tuple
    keys: tuple
    to_torch: object
    from_torch: object


def state_dict(model, names=None):
    """The weights of a model as PyTorch would have them: `{name: array}`.

    Args:
        model: A model that is built, or a layer.
        names: `{name of a layer: name of the module in PyTorch}`, where these differ; a module
            inside others has dots in its name. Recurrent layers of one name are the layers of one
            `nn.LSTM(num_layers=…)`.

    Raises:
        ValueError: a layer with weights for which there is no rule.

    >>> import minigrad as mg
    >>> model = mg.Sequential([mg.Input((3,)), mg.layers.Dense(2, name="out")])
    >>> {name: array.shape for name, array in state_dict(model).items()}
    {'out.weight': (2, 3), 'out.bias': (2,)}
    """
    found = {}
    for part in _parts(model, names):
        values = part.to_torch(*(variable.numpy() for variable in part.variables))
        for key, value in zip(part.keys, values, strict=True):
            if key in found:
                raise ValueError(
                    f"Two layers have the name '{key}' in PyTorch; tell them apart with `names`. "
                    f"Received: names={names}"
                )
            found[key] = np.array(value, order="C")
    return found


def save_state_dict(model, filepath, names=None):
    """Write the `state_dict` of a model to a `.safetensors` or `.npz` file.

    `safetensors.torch.load_file` reads the first in PyTorch; of the second,
    `{name: torch.tensor(array) for name, array in numpy.load(path).items()}`.

    Args:
        model, names: See `state_dict`.
        filepath: The path; its ending decides. `.safetensors` needs the package of that name.
    """
    write_arrays(filepath, state_dict(model, names))


def load_state_dict(model, state, names=None, strict=True):
    """Give a model the weights of a PyTorch module.

    Args:
        model: A model that is built, or a layer.
        state: `{name: array}` or a module's `state_dict()`, or the path of a `.safetensors` or
            `.npz` file of it.
        names: See `state_dict`.
        strict: Whether weights that `state` has besides are an error.

    Raises:
        ValueError: weights that are missing, are left over or have another shape; nothing is
            changed then.
    """
    if isinstance(state, str | os.PathLike):
        state = read_arrays(state)
    given = {name: _as_array(value) for name, value in state.items()}
    parts = list(_parts(model, names))
    missing = [key for part in parts for key in part.keys if key not in given and part.variables]
    known = {key for part in parts for key in part.keys}
    extra = [key for key in given if key not in known] if strict else []
    if missing or extra:
        raise ValueError(
            f"The state_dict does not fit the model: missing {missing}, unexpected {extra}. Give "
            f"the modules' names with `names`. Received: names={names}"
        )
    new = []
    for part in parts:
        if not part.variables:
            continue
        expected = [a.shape for a in part.to_torch(*(v.numpy() for v in part.variables))]
        arrays = [given[key] for key in part.keys]
        if [array.shape for array in arrays] != expected:
            raise ValueError(
                f"Weights do not fit: expected shapes {dict(zip(part.keys, expected))}. "
                f"Received: {[array.shape for array in arrays]}"
            )
        new += zip(part.variables, part.from_torch(*arrays))
    for variable, value in new:
        variable.assign(value.reshape(variable.shape))


def _as_array(value):
    if hasattr(value, "detach"):  # PyTorch's
        value = value.detach().cpu()
    return np.asarray(value)


def _parts(model, names):
    """The parts of all layers with weights, keys complete."""
    depth = {}  # recurrent layers so far, by the name of their module
    for layer, path in _leaves(model, names or {}):
        rule = _rule_of(layer)
        if rule is None:
            raise ValueError(
                f"PyTorch's layout of the weights of {type(layer).__name__} is not known; there "
                f"are rules for {', '.join(sorted(RULES))}. Received: layer {layer.name}"
            )
        number = depth.get(path, 0)
        depth[path] = number + 1
        for part in rule(layer, number) if rule in RECURRENT else rule(layer):
            keys = tuple(f"{path}.{key}" if path else key for key in part.keys)
            yield part._replace(keys=keys)


def _rule_of(layer):
    return next((RULES[cls.__name__] for cls in type(layer).__mro__ if cls.__name__ in RULES), None)


def _leaves(layer, names, outer="", top=True):
    """(layer, name of its module) for the layers that have a rule, or weights and no layers."""
    path = names.get(layer.name, "" if top else outer + layer.name)
    inner = getattr(layer, "_layers", ())
    if _rule_of(layer) is not None or (not inner and layer.weights):
        yield layer, path
        return
    for one in inner:
        if one.weights:
            yield from _leaves(one, names, f"{path}." if path else "", False)


# Rules


def _same(variable, key):
    return Part((variable,), (key,), lambda a: (a,), lambda a: (a,))


def _moved(variable, key, to_torch, from_torch):
    """An array with its axes in another order."""
    return Part(
        (variable,),
        (key,),
        lambda a: (a.transpose(to_torch),),
        lambda a: (a.transpose(from_torch),),
    )


def _bias(layer):
    if getattr(layer, "bias", None) is not None:
        yield _same(layer.bias, "bias")


def _dense(layer):
    yield _moved(layer.kernel, "weight", (1, 0), (1, 0))
    yield from _bias(layer)


def _convolution(layer):
    """(windows…, in, out) is (out, in, windows…) in PyTorch, for transposed ones (in, out, …)."""
    yield _kernel(layer.kernel, "weight")
    yield from _bias(layer)


def _kernel(variable, key):
    rank = len(variable.shape) - 2
    windows = tuple(range(rank))
    return _moved(variable, key, (rank + 1, rank, *windows), (*(i + 2 for i in windows), 1, 0))


def _depthwise(layer):
    """(windows…, in, multiplier) is (in · multiplier, 1, windows…), with groups=in."""
    yield _depthwise_kernel(layer.kernel, "weight")
    yield from _bias(layer)


def _depthwise_kernel(variable, key):
    *windows, channels, multiplier = variable.shape
    rank = len(windows)

    def to_torch(a):
        moved = a.transpose(rank, rank + 1, *range(rank))
        return (moved.reshape(channels * multiplier, 1, *windows),)

    def from_torch(a):
        moved = a.reshape(channels, multiplier, *windows)
        return (moved.transpose(*range(2, rank + 2), 0, 1),)

    return Part((variable,), (key,), to_torch, from_torch)


def _separable(layer):
    yield _depthwise_kernel(layer.depthwise_kernel, "depthwise.weight")
    yield _kernel(layer.pointwise_kernel, "pointwise.weight")
    if layer.bias is not None:
        yield _same(layer.bias, "pointwise.bias")


def _embedding(layer):
    yield _same(layer._embeddings if hasattr(layer, "_embeddings") else layer.embeddings, "weight")


def _normalization(layer):
    gamma, beta = (getattr(layer, name, None) for name in ("gamma", "beta"))
    if (gamma is None) != (beta is None):
        raise ValueError(
            "PyTorch's normalization has a weight and a bias or neither of them. "
            f"Received: layer {layer.name} with scale={layer.scale} and center={layer.center}"
        )
    if gamma is not None:
        yield _same(gamma, "weight")
        yield _same(beta, "bias")
    if hasattr(layer, "moving_mean"):
        yield _same(layer.moving_mean, "running_mean")
        yield _same(layer.moving_variance, "running_var")
        # PyTorch counts batches; it matters only to its momentum=None.
        count = np.zeros((), "int64")
        yield Part((), ("num_batches_tracked",), lambda: (count,), lambda a: ())


def _rms_normalization(layer):
    yield _same(layer.scale, "weight")


def _recurrent(layer, number=0, suffix="", order=None):
    """Kernels are transposed; gates of a GRU come in another order; PyTorch has two biases."""
    cell = layer.cell
    units = cell.units
    order = order or list(range(cell.kernel.shape[1] // units))
    back = np.argsort(order)

    def gates(a, places):
        *first, last = a.shape
        return a.reshape(*first, len(order), units)[..., places, :].reshape(*first, last)

    def weight(variable, name):
        return Part(
            (variable,),
            (f"{name}_l{number}{suffix}",),
            lambda a: (gates(a, order).T,),
            lambda a: (gates(a.T, back),),
        )

    yield weight(cell.kernel, "weight_ih")
    yield weight(cell.recurrent_kernel, "weight_hh")
    if not cell.use_bias:
        return
    keys = f"bias_ih_l{number}{suffix}", f"bias_hh_l{number}{suffix}"
    if len(cell.bias.shape) == 2:
        yield Part(
            (cell.bias,),
            keys,
            lambda a: tuple(gates(a, order)),
            lambda a, b: (gates(np.stack([a, b]), back),),
        )
    else:
        yield Part(
            (cell.bias,),
            keys,
            lambda a: (gates(a, order), np.zeros_like(a)),
            lambda a, b: (gates(a + b, back),),
        )


def _gru(layer, number=0, suffix=""):
    if not layer.cell.reset_after:
        raise ValueError(
            "PyTorch's GRU computes what `reset_after=True` does. "
            f"Received: layer {layer.name} with reset_after=False"
        )
    # Keras: update, reset, candidate; PyTorch: reset, update, candidate.
    yield from _recurrent(layer, number, suffix, order=[1, 0, 2])


def _bidirectional(layer, number=0):
    for one, suffix in ((layer.forward_layer, ""), (layer.backward_layer, "_reverse")):
        rule = _rule_of(one)
        if rule not in RECURRENT or rule is _bidirectional:
            raise ValueError(f"PyTorch has no Bidirectional of {type(one).__name__}.")
        yield from rule(one, number, suffix)


def _attention(layer):
    """The projections of all heads, one above the other: `nn.MultiheadAttention`."""
    layers = (layer._query_dense, layer._key_dense, layer._value_dense)
    kernels = tuple(one.kernel for one in layers)
    features, heads, size = kernels[0].shape
    if any(tuple(kernel.shape) != (features, heads, size) for kernel in kernels) or (
        features != heads * size
    ):
        raise ValueError(
            "nn.MultiheadAttention needs num_heads * key_dim features in queries, keys and values. "
            f"Received: layer {layer.name} with projections of shapes "
            f"{[tuple(kernel.shape) for kernel in kernels]}"
        )
    out = layer._output_dense

    def split(a):
        return tuple(part.T.reshape(features, heads, size) for part in np.split(a, 3))

    yield Part(
        kernels,
        ("in_proj_weight",),
        lambda *a: (np.concatenate([one.reshape(features, -1).T for one in a]),),
        split,
    )
    biases = tuple(one.bias for one in layers)
    if out.bias is not None:
        yield Part(
            biases,
            ("in_proj_bias",),
            lambda *a: (np.concatenate([one.reshape(-1) for one in a]),),
            lambda a: tuple(one.reshape(heads, size) for one in np.split(a, 3)),
        )
    yield Part(
        (out.kernel,),
        ("out_proj.weight",),
        lambda a: (a.reshape(-1, features).T,),
        lambda a: (a.T.reshape(heads, size, features),),
    )
    if out.bias is not None:
        yield _same(out.bias, "out_proj.bias")


RECURRENT = (_recurrent, _gru, _bidirectional)
RULES = {
    "Dense": _dense,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _convolution),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    "Embedding": _embedding,
    **dict.fromkeys(
        ("BatchNormalization", "LayerNormalization", "GroupNormalization"), _normalization
    ),
    "RMSNormalization": _rms_normalization,
    "SimpleRNN": _recurrent,
    "LSTM": _recurrent,
    "GRU": _gru,
    "Bidirectional": _bidirectional,
    "MultiHeadAttention": _attention,
}
