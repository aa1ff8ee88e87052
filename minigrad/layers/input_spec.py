"""InputSpec: what a layer expects of its inputs."""

from minigrad import dtypes, tree
from minigrad.autograd.symbolic import standardize_shape
from minigrad.layers.call_arguments import is_text


class InputSpec:
    """The dtype, number of axes and lengths that a layer accepts.

    Args:
        dtype: Name of the dtype expected, None for any.
        shape: Lengths expected, None for any.
        ndim: Number of axes.
        max_ndim, min_ndim: Limits of the number of axes.
        axes: `{axis: length}`.
        allow_last_axis_squeeze: Whether a last axis of length 1 may be missing or too many.
        name: Key by which it is found in a dict of inputs.
        optional: Whether the input may be None.
    """

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
        allow_last_axis_squeeze=False,
        name=None,
        optional=False,
    ):
        self.dtype = None if dtype is None else dtypes.standardize_dtype(dtype)
        self.shape = None if shape is None else standardize_shape(shape)
        self.ndim = ndim if shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.name = name
        self.optional = optional
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        try:
            self.axes = {int(axis): length for axis, length in (axes or {}).items()}
        except (ValueError, TypeError, AttributeError):
            raise TypeError(
                f"Argument `axes` must be a dict with integer keys. Received: axes={axes}"
            ) from None
        limit = self.ndim if self.ndim is not None else max_ndim
        if self.axes and limit is not None and max(self.axes) > limit - 1:
            raise ValueError(
                f"Axis {max(self.axes)} is greater than the maximum allowed value: {limit - 1}"
            )

    def __repr__(self):
        names = "dtype shape ndim max_ndim min_ndim axes".split()
        parts = (f"{name}={getattr(self, name)}" for name in names if getattr(self, name))
        return f"InputSpec({', '.join(parts)})"

    def get_config(self):
        names = "dtype shape ndim max_ndim min_ndim axes optional".split()
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def assert_input_compatibility(input_spec, inputs, layer_name):
    """Raise a ValueError that says which input of the layer is not what its spec asks for."""
    specs = tree.flatten(input_spec)
    if not specs:
        return
    values = _in_order_of(specs, inputs)
    if len(values) != len(specs):
        names = [spec.name for spec in specs if spec is not None and spec.name]
        if len(names) == len(specs):
            keys = ", ".join(f"'{name}': ..." for name in names)
            raise ValueError(
                f'Layer "{layer_name}" expects {len(specs)} named input(s) with keys {names}, but '
                f"it received {len(values)} input tensors. Pass inputs as a dict, e.g. "
                f"`layer({{{keys}}})`."
            )
        raise ValueError(
            f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(values)} '
            f"input tensors. Inputs received: {inputs}"
        )
    for index, (spec, x) in enumerate(zip(specs, values, strict=True)):
        if spec is None or (x is None and spec.optional):
            continue
        if not hasattr(x, "shape"):
            raise ValueError(
                f"Inputs to a layer should be tensors. Got '{x}' (of type {type(x)}) as input for "
                f"layer '{layer_name}'."
            )
        problem = _problem(spec, x)
        if problem:
            raise ValueError(
                f"Input {index} with name '{spec.name}' of layer '{layer_name}' is incompatible "
                f"with the layer: {problem}"
            )


def _in_order_of(specs, inputs):
    names = [spec.name for spec in specs if spec is not None]
    if isinstance(inputs, dict) and len(names) == len(specs) and all(names):
        for name in names:
            if name not in inputs:
                raise ValueError(
                    f'Missing data for input "{name}". You passed a data dictionary with keys '
                    f"{list(inputs)}. Expected the following keys: {names}"
                )
        return [inputs[name] for name in names]
    return tree.flatten(inputs)


def _problem(spec, x):
    """What is wrong with `x`, or None."""
    shape = standardize_shape(x.shape)
    ndim = len(shape)
    if spec.ndim not in (None, ndim) and not spec.allow_last_axis_squeeze:
        return f"expected ndim={spec.ndim}, found ndim={ndim}. Full shape received: {shape}"
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={ndim}"
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        return f"expected min_ndim={spec.min_ndim}, found ndim={ndim}. Full shape received: {shape}"
    dtype = "string" if is_text(x) else dtypes.standardize_dtype(x.dtype)
    if spec.dtype not in (None, dtype):
        return f"expected dtype={spec.dtype}, found dtype={dtype}"
    for axis, length in spec.axes.items():
        if not -ndim <= axis < ndim:
            return f"expected an axis {axis}, found ndim={ndim}. Full shape received: {shape}"
        if length is not None and shape[axis] not in (length, None):
            return (
                f"expected axis {axis} of input shape to have value {length}, but received input "
                f"with shape {shape}"
            )
    if spec.shape is not None:
        expected, found = spec.shape, shape
        if spec.allow_last_axis_squeeze:
            expected = expected[:-1] if expected and expected[-1] == 1 else expected
            found = found[:-1] if found and found[-1] == 1 else found
        if any(a != b for a, b in zip(expected, found) if None not in (a, b)):
            return f"expected shape={spec.shape}, found shape={shape}"
    return None
