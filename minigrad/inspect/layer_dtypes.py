"""What goes into layers and comes out of them, noted while a model runs."""

from contextlib import ExitStack, contextmanager

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor
from minigrad.dtype_policies import DTypePolicy


def tensors(structure):
    """The tensors in a structure, symbolic ones too."""
    return [x for x in tree.flatten(structure) if isinstance(x, Tensor | KerasTensor)]


def leaves(model):
    """The layers of a model that compute, without those that only call other layers."""
    found = model._flatten_layers(include_self=not model._layers)
    return [one for one in found if type(one).__name__ != "InputLayer" and not one._layers]


class Seen:
    """One call of a layer.

    Attributes:
        layer: Which layer.
        given: The dtypes of the tensors it was given, before any cast.
        outputs: The tensors it returned.
    """

    def __init__(self, layer, given, outputs):
        self.layer, self.given, self.outputs = layer, given, outputs


@contextmanager
def watched(layers):
    """In the block the calls of these layers are noted in a list, which this gives."""
    seen = []
    with ExitStack() as stack:
        for layer in layers:
            _watch(layer, seen, stack)
        yield seen


def _watch(layer, seen, stack):
    convert, call, given = layer._convert_inputs, layer.call, []

    def converting(args, kwargs):
        given[:] = [x.dtype for x in tensors((args, kwargs))]
        return convert(args, kwargs)

    def calling(*args, **kwargs):
        # A layer does not ask for a conversion where there is nothing to convert.
        dtypes = list(given) or [x.dtype for x in tensors((args, kwargs))]
        given.clear()
        outputs = call(*args, **kwargs)
        seen.append(Seen(layer, dtypes, tensors(outputs)))
        return outputs

    for name, function in (("_convert_inputs", converting), ("call", calling)):
        object.__setattr__(layer, name, function)
        stack.callback(object.__delattr__, layer, name)


@contextmanager
def in_float32(layers):
    """In the block all layers compute in float32, whatever their policies; weights stay."""
    before = [layer._dtype_policy for layer in layers]
    try:
        for layer in layers:
            layer._dtype_policy = DTypePolicy("float32")
        yield
    finally:
        for layer, policy in zip(layers, before, strict=True):
            layer._dtype_policy = policy
