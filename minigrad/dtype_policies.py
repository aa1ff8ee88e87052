"""dtype policies: in which dtype a layer computes, and in which it keeps its weights.

"float32" does both in float32. "mixed_float16" and "mixed_bfloat16" compute in 16 bits and keep
the weights in float32 (Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740). A policy is
given to a layer as `dtype=`, or to all new layers with `config.set_dtype_policy`.
"""

import contextlib
import re
from collections.abc import MutableMapping

from minigrad import settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor, as_tensor
from minigrad.dtypes import is_float, standardize_dtype
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
QUANTIZATION_MODES = ("int8", "float8")
_MODES_WITHOUT_SUPPORT = ("int4", "gptq", "awq")


def _compute_and_variable_dtype(name):
    if not isinstance(name, str):
        raise TypeError(
            "'name' must be a string, such as 'mixed_float16'. "
            f"Received: name={name} (of type {type(name)})"
        )
    if name in _MIXED:
        return _MIXED[name], "float32"
    try:
        dtype = standardize_dtype(name)
    except ValueError:
        raise ValueError(
            f"Cannot convert '{name}' to a mixed precision DTypePolicy. Valid policies include "
            "'mixed_float16', 'mixed_bfloat16', and the name of any float dtype such as "
            f"'float32'. Received: name={name!r}"
        ) from None
    return dtype, dtype


class DTypePolicy:
    """The policy of a name: any dtype, "mixed_float16" or "mixed_bfloat16"; None: the global one.

    Raises TypeError for what is not a string, ValueError for an unknown name.

    >>> policy = DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, name=None):
        if name is None:
            name = dtype_policy().name
        self._compute_dtype, self._variable_dtype = _compute_and_variable_dtype(name)
        self._name = name

    @property
    def name(self):
        """The name of the policy."""
        return self._name

    @property
    def compute_dtype(self):
        """The dtype to which inputs and weights are cast for the computation."""
        return self._compute_dtype

    @property
    def variable_dtype(self):
        """The dtype in which weights are kept and updated."""
        return self._variable_dtype

    @property
    def quantization_mode(self):
        """The kind of quantization that the policy asks for, or None."""
        return None

    def convert_input(self, x, autocast, dtype):
        """`x` as a tensor, cast to `dtype` if it is floating and `autocast` is on.

        What is neither a tensor nor an array is returned as it is.
        """
        if not isinstance(x, KerasTensor | Tensor):
            if not hasattr(x, "__array__"):
                return x
            x = as_tensor(x)
        if autocast and x.dtype != dtype and is_float(x.dtype):
            return x.astype(standardize_dtype(dtype))
        return x

    def get_config(self):
        """The arguments that make an equal policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """Make a policy from what `get_config` returned."""
        return cls(**config)

    def _identity(self):
        """What two equal policies have in common."""
        return DTypePolicy if type(self) is FloatDTypePolicy else type(self), self._name

    def __eq__(self, other):
        return isinstance(other, DTypePolicy) and self._identity() == other._identity()

    def __hash__(self):
        return hash(self._identity())

    def __repr__(self):
        return f'<{self._identity()[0].__name__} "{self.name}">'


class FloatDTypePolicy(DTypePolicy):
    """Another name of `DTypePolicy`."""


class QuantizedDTypePolicy(DTypePolicy):
    """A policy that names a quantization (`mode` "int8" or "float8") on top of a source policy.

    minigrad reads and writes it, as a part of Keras's files, but its layers do not quantize.

    Raises ValueError for another mode, or for "int8" with computations in float16.

    >>> QuantizedDTypePolicy("int8", "mixed_bfloat16").name
    'int8_from_mixed_bfloat16'
    """

    def __init__(self, mode, source_name=None):
        super().__init__(source_name)
        if mode not in QUANTIZATION_MODES:
            raise ValueError(
                f"Invalid quantization mode. Expected one of {QUANTIZATION_MODES}. "
                f"Received: mode={mode}"
            )
        if mode == "int8" and self.compute_dtype == "float16":
            raise ValueError(
                "Quantization mode='int8' doesn't work well with compute_dtype='float16'. "
                f"Use 'mixed_bfloat16' or 'float32'. Received: source_name={source_name!r}"
            )
        self._mode = mode
        self._source_name = self._name
        self._name = f"{mode}_from_{self._source_name}"

    @property
    def quantization_mode(self):
        return self._mode

    def get_config(self):
        return {"mode": self._mode, "source_name": self._source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """A policy of float8 training, which scales by the largest magnitudes of the last steps."""

    default_amax_history_length = 1024

    def __init__(self, mode, source_name=None, amax_history_length=1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise TypeError(
                "`amax_history_length` must be an integer, a number of steps. "
                f"Received: amax_history_length={amax_history_length}"
            )
        self._amax_history_length = amax_history_length

    @property
    def amax_history_length(self):
        """The number of steps whose largest magnitudes are remembered."""
        return self._amax_history_length

    def get_config(self):
        return {**super().get_config(), "amax_history_length": self._amax_history_length}

    def _identity(self):
        return (*super()._identity(), self._amax_history_length)


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Policies by the paths of layers; keys are paths or regular expressions for whole paths.

    A path that is a key has that policy; else that of the only pattern that matches all of it;
    else `default_policy` (None: the global policy when the map is made).

    Raises TypeError if `policy_map` is not a dict, ValueError if the default is a map itself, if
    a key is set twice, or if several patterns match a path.

    >>> policies = DTypePolicyMap(default_policy="float32")
    >>> policies["encoder/.*"] = "mixed_bfloat16"
    >>> policies["encoder/dense"].name, policies["decoder/dense"].name
    ('mixed_bfloat16', 'float32')
    """

    def __init__(self, default_policy=None, policy_map=None):
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError(
                "`default_policy` cannot be a `DTypePolicyMap`. "
                f"Received: default_policy={default_policy}"
            )
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                "If specified, `policy_map` must be a dict. "
                f"Received: policy_map={policy_map} of type {type(policy_map)}"
            )
        self._default_policy_arg = default_policy
        self._default_policy = get(default_policy)
        self._policy_map = policy_map or {}

    @property
    def name(self):
        return f"map_{self.default_policy.name}"

    @property
    def default_policy(self):
        """The policy of a path that no key fits."""
        return self._default_policy

    @property
    def compute_dtype(self):
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self):
        return self.default_policy.variable_dtype

    @property
    def quantization_mode(self):
        return self.default_policy.quantization_mode

    def __getitem__(self, path):
        if path in self._policy_map:
            return self._policy_map[path]
        matching = [pattern for pattern in self._policy_map if re.fullmatch(pattern, path)]
        if len(matching) > 1:
            raise ValueError(
                f"Path '{path}' matches multiple dtype policy specification keys: {matching}. "
                "Make the patterns such that each path matches one at most. "
                f"Received: path={path!r}"
            )
        return self._policy_map[matching[0]] if matching else self.default_policy

    def __setitem__(self, path, policy):
        if path in self._policy_map:
            raise ValueError(
                f"{path} already exist in the DTypePolicyMap with value {self._policy_map[path]}. "
                f"Delete it before setting another policy. Received: policy={policy}"
            )
        try:
            self._policy_map[path] = get(policy)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "Cannot interpret the assigned value by `keras.dtype_policies.get`. "
                f"Received: {policy} of type {type(policy)}"
            ) from error

    def __delitem__(self, path):
        del self._policy_map[path]

    def pop(self, path, *default):
        """Delete a key and return its policy. Raises KeyError if it is not there."""
        return self._policy_map.pop(path, *default)

    def __contains__(self, path):
        return path in self._policy_map

    def __len__(self):
        return len(self._policy_map)

    def __iter__(self):
        return iter(self._policy_map)

    def get_config(self):
        """The arguments that make an equal map.

        Where the default is the global policy, so are the sources of all the policies: they follow
        the global policy of whoever loads the map.
        """
        policies = serialize_keras_object(self._policy_map)
        if self._default_policy_arg is None:
            for policy in policies.values():
                source = "source_name" if "source_name" in policy["config"] else "name"
                policy["config"][source] = None
        default = self._default_policy_arg
        return {
            "default_policy": serialize(default) if isinstance(default, DTypePolicy) else default,
            "policy_map": policies,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(
            default_policy=get(config["default_policy"]) if config["default_policy"] else None,
            policy_map=deserialize_keras_object(
                config["policy_map"], custom_objects=custom_objects
            ),
        )

    def _identity(self):
        return DTypePolicyMap, self._default_policy, frozenset(self._policy_map.items())

    __hash__ = None  # it changes

    def __repr__(self):
        mapping = [(path, policy.name) for path, policy in self._policy_map.items()]
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, mapping={mapping}>"


_CLASSES = {
    cls.__name__: cls
    for cls in (
        *(DTypePolicy, FloatDTypePolicy, DTypePolicyMap),
        *(QuantizedDTypePolicy, QuantizedFloat8DTypePolicy),
    )
}


def serialize(dtype_policy):
    """A policy as a config in Keras's format."""
    return serialize_keras_object(dtype_policy)


def deserialize(config, custom_objects=None):
    """The policy that `serialize` wrote as `config`."""
    return deserialize_keras_object(config, module_objects=_CLASSES, custom_objects=custom_objects)


def _quantized_policy(name):
    mode, found, source_name = name.partition("_from_")
    if mode.startswith(_MODES_WITHOUT_SUPPORT):
        raise ValueError(
            "minigrad does not know the quantizations int4, gptq and awq. Use a policy without "
            f"quantization, such as 'mixed_bfloat16'. Received: policy={name!r}"
        )
    if not found:
        raise ValueError(
            "Cannot convert `policy` into a valid pair (`mode`, `source_name`) of a quantized "
            f"policy, such as 'int8_from_float32'. Received: policy={name!r}"
        )
    cls = QuantizedFloat8DTypePolicy if mode.startswith("float8") else QuantizedDTypePolicy
    return cls(mode, source_name)


def _policy_of_name(name):
    quantized = name.startswith(QUANTIZATION_MODES + _MODES_WITHOUT_SUPPORT)
    # "int8" alone is a dtype as "uint8" is: the policy of a layer on whole numbers.
    return _quantized_policy(name) if quantized and name != "int8" else DTypePolicy(name)


def get(identifier):
    """The policy of a name, a dtype, a config or a policy itself; None is the global policy.

    Raises ValueError for what is none of these.

    >>> get("mixed_float16")
    <DTypePolicy "mixed_float16">
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, str):
        return _policy_of_name(identifier)
    if isinstance(identifier, dict):
        policy = deserialize(identifier)
        if isinstance(policy, DTypePolicy):
            return policy
    else:
        with contextlib.suppress(ValueError):
            return DTypePolicy(standardize_dtype(identifier))
    raise ValueError(
        "Cannot interpret `dtype` argument. Expected a string or an instance of DTypePolicy. "
        f"Received: dtype={identifier}"
    )


def dtype_policy():
    """The global policy: that of all layers made without `dtype`; by default `floatx()`."""
    return settings.policy() or DTypePolicy(settings.floatx())


def set_dtype_policy(policy):
    """Set the global policy of this thread, by name or as a policy.

    Raises ValueError for anything else.
    """
    if not isinstance(policy, str | DTypePolicy):
        raise ValueError(
            "Invalid `policy` argument. Expected the string name of a policy (such as "
            "'mixed_float16') or a `DTypePolicy` instance. "
            f"Received: policy={policy} (of type {type(policy)})"
        )
    settings.set_policy(get(policy))
