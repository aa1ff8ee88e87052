"""What happens around `Layer.call`: inputs are cast, masks and `training` passed on."""

import functools
import inspect
import os
import threading
import warnings
from contextlib import contextmanager

from minigrad import naming, tree
from minigrad.autocast import AutocastScope, get_autocast_scope
from minigrad.autograd.record import THREAD
from minigrad.autograd.symbolic import KerasTensor, Node, noting
from minigrad.autograd.tensor import Tensor
from minigrad.dtypes import is_float
from minigrad.layers.call_arguments import TENSORS, CallArguments
from minigrad.layers.input_spec import assert_input_compatibility
from minigrad.masking import get_keras_mask, set_keras_mask
from minigrad.recomputing import keep_when_computed_again, rematerialized


class _OfThread(threading.local):
    context = None


_thread = _OfThread()
_building = threading.RLock()
_INHERITED = {"training"}


def one_builds():
    """A context for one thread at a time: in it layers are built, and layers inside them.

    One lock for all layers, as two that use each other could otherwise wait for each other.
    """
    return _building


def _after_fork_in_child():
    global _building
    _building = threading.RLock()  # who held the old one may be gone


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _capture_context():
    """What the call that is under way hands on to the layers inside, to be handed on again."""
    context = _thread.context
    return functools.partial(_handing_on, context)


@contextmanager
def _handing_on(context):
    outer = _thread.context
    _thread.context = context
    try:
        yield
    finally:
        _thread.context = outer


keep_when_computed_again(_capture_context)


class LayerCalls:
    """Everything of `Layer` that is about calling it."""

    _shape_seen = None

    def call(self, *args, **kwargs):
        """Compute the outputs. To be overridden."""
        raise self._not_implemented("call")

    @functools.cached_property
    def _call_signature(self):
        return inspect.signature(self.call)

    def __call__(self, *args, **kwargs):
        """Compute the outputs; build first if that has not been done.

        Args:
            args: Tensors, arrays, or structures of them.
            kwargs: What `call` takes besides. `training` and masks reach the layers inside.

        Raises:
            ValueError: inputs that `input_spec` does not allow, or positional ones that are no
                tensors.
        """
        mode = THREAD.mode
        around = mode.where
        mode.where = (*around, self._name)
        try:
            if self.built and not kwargs and len(args) == 1 and self._is_plain(args[0]):
                return self._call_plainly(args[0])
            return self._call_anyhow(args, kwargs)
        finally:
            mode.where = around

    def _call_anyhow(self, args, kwargs):
        self._check_super_called()
        if not self._called:
            self._called = True
        given, given_kwargs = args, kwargs
        if self._convert_input_args:
            args, kwargs = self._convert_inputs(args, kwargs)
        if not self._allow_non_tensor_positional_args:
            self._refuse_non_tensors(args)
        parameters = self._call_signature.parameters
        context, kwargs = self._enter_context(parameters, kwargs)
        outer = _thread.context
        _thread.context = context
        try:
            arguments = CallArguments(self._call_signature, args, kwargs)
            self._assert_input_compatibility(arguments.first)
            if not self.built:
                with one_builds(), self._open_name_scope():
                    if not self.built:  # by another thread in the meantime
                        self._maybe_build(arguments)
            if outer is None:
                self._clear_losses()
            previous_mask = self._add_masks(arguments, kwargs, parameters)
            outputs = self._run(args, kwargs)
            if not self.built:
                self.built = True
            if self.activity_regularizer is not None:
                self._regularize(outputs)
            self._pass_mask_on(arguments.first, outputs, previous_mask)
        except Exception as error:
            self._annotate(error, given)
            raise
        finally:
            _thread.context = outer
        if noting() and any(
            isinstance(x, KerasTensor) for x in tree.flatten((given, given_kwargs))
        ):
            if kwargs.get("mask") is not None and self._takes_as_it_is(given, given_kwargs):
                given_kwargs = {"mask": kwargs["mask"]}
            Node(self, given, given_kwargs, outputs)
        return outputs

    def _takes_as_it_is(self, args, kwargs):
        """Whether it is called on a single tensor that needs no conversion.

        Then, as in Keras, the mask of a symbolic tensor becomes an argument in the graph: it is
        computed there, whatever becomes of the masks that tensors carry.
        """
        return (
            len(args) == 1
            and not kwargs
            and isinstance(args[0], KerasTensor)
            and (args[0].dtype == self.input_dtype or not self._convert_input_args)
        )

    def _is_plain(self, x):
        """Whether a call on `x` alone needs no conversion, and no mask or loss is involved."""
        return (
            type(x) is Tensor
            and x.dtype == self.input_dtype
            and get_keras_mask(x) is None
            and self.activity_regularizer is None
            and self._has_default("compute_mask")
            and self._call_context_args == _INHERITED
        )

    def _call_plainly(self, x):
        """What `__call__` does, for a built layer and one plain Tensor: the way most calls go."""
        outer = _thread.context
        try:
            if x.shape != self._shape_seen:
                self._assert_input_compatibility(x)
                object.__setattr__(self, "_shape_seen", x.shape)
            if outer is None:
                self._clear_losses()
                _thread.context = {"training": self._training_by_default}
                training = self._training_by_default
            else:
                training = outer.get("training")
                if training is None and self._training_by_default is not None:
                    training = self._training_by_default
                    _thread.context = {**outer, "training": training}
            kwargs = {"training": training} if self._takes_training and training is not None else {}
            scope = self._autocast_scope()
            if self._layers:
                with self._open_name_scope():
                    return self._call_in(scope, x, kwargs)
            return self._call_in(scope, x, kwargs)
        except Exception as error:
            self._annotate(error, (x,))
            raise
        finally:
            _thread.context = outer

    def _call_in(self, scope, x, kwargs):
        call = self.call
        if self._remat_mode is not None:
            call = self.rematerialized_call(call, x, **kwargs)
        if scope is None:
            return call(x, **kwargs)
        with scope:
            return call(x, **kwargs)

    @functools.cached_property
    def _takes_training(self):
        return "training" in self._call_signature.parameters

    @functools.cached_property
    def _training_by_default(self):
        parameter = self._call_signature.parameters.get("training")
        return (
            None if parameter is None or parameter.default is parameter.empty else parameter.default
        )

    def _convert_inputs(self, args, kwargs):
        dtype = self.input_dtype
        if len(args) == 1 and not kwargs and type(args[0]) is Tensor and args[0].dtype == dtype:
            return args, kwargs

        def convert(x):
            converted = self._dtype_policy.convert_input(x, self.autocast, dtype)
            if converted is not x:
                mask = get_keras_mask(x)
                if mask is not None:
                    set_keras_mask(converted, mask)
            return converted

        return tree.map_structure(convert, args), tree.map_structure(convert, kwargs)

    def _refuse_non_tensors(self, args):
        for x in args:
            if isinstance(x, TENSORS):
                continue
            for leaf in tree.flatten(x):
                if leaf is not None and not isinstance(leaf, TENSORS):
                    raise ValueError(
                        "Only input tensors may be passed as positional arguments. The following "
                        f"argument value should be passed as a keyword argument: {leaf} (of type "
                        f"{type(leaf)})"
                    )

    def _enter_context(self, parameters, kwargs):
        """What layers inside inherit (`training`), and the arguments with it filled in."""
        outer = _thread.context or {}
        context = dict(outer)
        kwargs = dict(kwargs)
        for name in self._call_context_args:
            if name in kwargs:
                value = kwargs[name] if name in parameters else kwargs.pop(name)
            else:
                value = outer.get(name)
                if value is None and name in parameters:
                    default = parameters[name].default
                    value = None if default is inspect.Parameter.empty else default
            context[name] = value
            if name in parameters and value is not None:
                kwargs[name] = value
        return context, kwargs

    def _add_masks(self, arguments, kwargs, parameters):
        """Pass masks that came with the inputs to `call`; returns that of the first input."""
        tensors = arguments.tensors
        if len(tensors) == 1:
            wanted = {"mask": next(iter(tensors.values()))}
        else:
            wanted = {f"{name}_mask": x for name, x in tensors.items()}
        for name, x in wanted.items():
            if name in parameters and arguments.all.get(name) is None:
                mask = tree.map_structure(get_keras_mask, x)
                if mask is not None:
                    kwargs[name] = mask
        if kwargs.get("mask") is not None:
            return kwargs["mask"]
        return tree.map_structure(get_keras_mask, arguments.first)

    def _run(self, args, kwargs):
        """`call`, in the name scope and with variables read in the compute dtype."""
        scope = self._autocast_scope()
        if self._layers or not self.built:
            with self._open_name_scope():
                if self._path is None:
                    self._path = naming.current_path()
                return self._run_in(scope, args, kwargs)
        return self._run_in(scope, args, kwargs)

    def _run_in(self, scope, args, kwargs):
        symbolic = any(isinstance(x, KerasTensor) for x in tree.flatten((args, kwargs)))
        function = self.compute_output_spec if symbolic else self.call
        if self._remat_mode is not None and not symbolic:
            function = self.rematerialized_call(function, *args, **kwargs)
        if scope is None:
            return function(*args, **kwargs)
        with scope:
            return function(*args, **kwargs)

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """`layer_call`, or `remat(layer_call)` if the RematScope around `__init__` asks for it.

        Args:
            layer_call: What computes, `call` mostly.
            args, kwargs: What it will be called with.
        """
        return rematerialized(self, layer_call, args, kwargs)

    def _autocast_scope(self):
        """The scope in which `call` reads variables, None if the one that is open will do."""
        current = get_autocast_scope()
        dtype = self.compute_dtype
        if not self.autocast or not is_float(dtype):
            return None if current is None else AutocastScope(None)
        if current is None:
            return None if dtype == self.variable_dtype else AutocastScope(dtype)
        return None if current.dtype == dtype else AutocastScope(dtype)

    def _assert_input_compatibility(self, inputs):
        spec = self.input_spec
        if spec is not None:
            assert_input_compatibility(spec, inputs, self.name)

    def _annotate(self, error, inputs):
        """Tell in which layer an error arose; the innermost layer does."""
        if not getattr(error, "_minigrad_layer", None):
            shapes = tree.map_structure(lambda x: getattr(x, "shape", x), inputs)
            error.add_note(
                f"In the layer {self._path or self.name!r} ({type(self).__name__}), called with "
                f"inputs of shape {shapes[0] if len(shapes) == 1 else shapes}."
            )
            try:
                error._minigrad_layer = self.name
            except AttributeError:
                return

    # Masks

    def compute_mask(self, inputs, previous_mask):
        """The mask of the output, given that of the input."""
        return previous_mask

    def _pass_mask_on(self, inputs, outputs, previous_mask):
        if self.supports_masking:
            flat = tree.flatten(outputs)
            if flat and all(get_keras_mask(x) is not None for x in flat):
                return
            masks = self.compute_mask(inputs, previous_mask)
            if masks is not None:
                for x, mask in zip(flat, tree.flatten(masks)):
                    if mask is not None and isinstance(x, TENSORS) and get_keras_mask(x) is None:
                        set_keras_mask(x, mask)
        elif any(mask is not None for mask in tree.flatten(previous_mask)):
            warnings.warn(
                f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a "
                "mask attached to it. However, this layer does not support masking and will "
                "therefore destroy the mask information. Downstream layers will not see the mask.",
                stacklevel=4,
            )
