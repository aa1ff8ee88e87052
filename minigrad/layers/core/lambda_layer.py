"""Lambda: any function as a layer."""

import inspect

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer
from minigrad.saving.lambdas import func_dump, func_load
from minigrad.saving.scopes import in_safe_mode
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class Lambda(Layer):
    """Calls a function on its inputs.

    Handy for a try. What is to be saved is better a Layer of its own: a lambda can only be written
    as bytecode, which is refused when it is loaded, unless with `safe_mode=False`.

    Args:
        function: `f(inputs, **arguments)`; it may also take `mask` and `training`.
        output_shape: Shape of the output without the batch axis, or a function of the input's
            shape; found out by itself if None.
        mask: The mask of the output, or a function `f(inputs, mask)` that makes it.
        arguments: Keyword arguments of `function`.

    >>> from minigrad import layers, ops
    >>> layers.Lambda(lambda x: x**2)(ops.array([[3.0]])).numpy()
    array([[9.]], dtype=float32)
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        self.arguments = arguments or {}
        self.function = function
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape
        parameters = inspect.getfullargspec(function).args
        self._inherited = [name for name in ("mask", "training") if name in parameters]

    def call(self, inputs, mask=None, training=None):
        given = {"mask": mask, "training": training}
        return self.function(
            inputs, **self.arguments, **{name: given[name] for name in self._inherited}
        )

    def compute_mask(self, inputs, mask=None):
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape):
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        if self._output_shape is not None:
            batch = tree.flatten(input_shape)[0]
            return tree.map_shape_structure(lambda shape: (batch, *shape), self._output_shape)
        inputs = tree.map_shape_structure(
            lambda shape: KerasTensor(shape, self.compute_dtype), input_shape
        )
        try:
            spec = self._trace(inputs)
        except Exception as error:
            raise NotImplementedError(
                "We could not automatically infer the shape of the Lambda's output. Please "
                "specify the `output_shape` argument for this Lambda layer."
            ) from error
        return tree.map_structure(lambda x: x.shape, spec)

    def get_config(self):
        config = super().get_config()
        config["function"] = _written(self.function)
        config.pop("output_shape", None)
        config.pop("mask", None)
        if self._output_shape is not None:
            config["output_shape"] = _written(self._output_shape)
        if self.mask is not None:
            config["mask"] = _written(self.mask)
        config["arguments"] = serialize_keras_object(self.arguments)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        config = dict(config)
        if safe_mode is None:
            safe_mode = in_safe_mode() is not False
        for name in ("function", "output_shape", "mask"):
            if name in config:
                config[name] = _read(config[name], custom_objects, safe_mode)
        if isinstance(config.get("output_shape"), list) and all(
            isinstance(one, (int, type(None))) for one in config["output_shape"]
        ):
            config["output_shape"] = tuple(config["output_shape"])
        if "arguments" in config:
            config["arguments"] = deserialize_keras_object(
                config["arguments"], custom_objects=custom_objects
            )
        return cls(**config)


def _written(value):
    if inspect.isfunction(value) and value.__name__ == "<lambda>":
        code, defaults, closure = func_dump(value)
        return {
            "class_name": "__lambda__",
            "config": {"code": code, "defaults": defaults, "closure": closure},
        }
    return serialize_keras_object(value)


def _read(value, custom_objects, safe_mode):
    if isinstance(value, dict) and value.get("class_name") == "__lambda__":
        if safe_mode:
            raise ValueError(
                "Requested the deserialization of a `Lambda` layer whose `function` is a Python "
                "lambda. This carries a potential risk of arbitrary code execution and thus it is "
                "disallowed by default. If you trust the source of the artifact, you can override "
                "this error by passing `safe_mode=False` to the loading function, or calling "
                "`keras.config.enable_unsafe_deserialization()."
            )
        inner = value["config"]
        return func_load(inner["code"], defaults=inner["defaults"], closure=inner["closure"])
    return deserialize_keras_object(value, custom_objects=custom_objects)
