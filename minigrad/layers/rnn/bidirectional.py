"""Bidirectional: a recurrent layer that reads its sequence from both ends."""

from minigrad import ops
from minigrad.layers.layer import Layer
from minigrad.layers.rnn.gru import GRU
from minigrad.layers.rnn.lstm import LSTM
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_MODES = ("sum", "mul", "ave", "concat", None)


class Bidirectional(Layer):
    """Runs a copy of a recurrent layer forwards, another backwards, and merges what they return.

    Args:
        layer: An RNN, or a layer with `go_backwards`, `return_sequences`, `return_state` and
            `stateful`. It is copied by its config.
        merge_mode: "concat", "sum", "mul", "ave" (the mean), or None for both, unmerged.
        weights: Arrays to start from, those of the forward layer first.
        backward_layer: Used instead of a copy of `layer`; its `go_backwards` must be the opposite.

    Call arguments and masks are those of the layer; `initial_state` and the states returned are
    those of the forward layer, then those of the backward one.

    >>> from minigrad import layers, ops
    >>> layers.Bidirectional(layers.LSTM(4, return_sequences=True))(ops.ones((2, 5, 3))).shape
    (2, 5, 8)
    """

    _not_in_config = ("layer", "backward_layer", "weights")

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        for name, one in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(one, Layer) and (one is not None or name == "layer"):
                raise ValueError(
                    f"Bidirectional: `{name}` must be a `keras.layers.Layer` instance. "
                    f"Received: {name}={one}"
                )
        if merge_mode not in _MODES:
            raise ValueError(
                f"Invalid merge mode. Merge mode should be one of {_MODES}. "
                f"Received: merge_mode={merge_mode}"
            )
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer, "forward_")
        self.backward_layer = backward_layer or _copy(layer, "backward_", go_backwards=True)
        self._check_directions()
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(layer, "use_cudnn"):
                one.use_cudnn = layer.use_cudnn
            if hasattr(one, "zero_output_for_mask"):
                # A skipped step would otherwise repeat what only one direction has seen.
                one.zero_output_for_mask = one.return_sequences
        self.merge_mode = merge_mode
        self._start_weights = weights
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def _check_directions(self):
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "Forward layer and backward layer should have different `go_backwards` value. "
                f"Received: forward_layer.go_backwards={forward.go_backwards}, "
                f"backward_layer.go_backwards={backward.go_backwards}"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            values = getattr(forward, name), getattr(backward, name)
            if values[0] != values[1]:
                raise ValueError(
                    "Forward layer and backward layer are expected to have the same value for "
                    f"attribute `{name}`. Received: forward_layer.{name}={values[0]}, "
                    f"backward_layer.{name}={values[1]}"
                )

    def build(self, sequences_shape, initial_state_shape=None):
        for one in (self.forward_layer, self.backward_layer):
            if not one.built:
                one.build(sequences_shape)
        if self._start_weights:
            self.set_weights(self._start_weights)

    def call(self, sequences, initial_state=None, mask=None, training=None):
        if self._can_attempt_fused_lstm(mask, initial_state) or self._can_attempt_fused_gru(
            mask, initial_state
        ):
            return self._call_fused(sequences, initial_state)
        forward, backward = {}, {}
        if initial_state is not None:
            half = len(initial_state) // 2
            forward["initial_state"] = initial_state[:half]
            backward["initial_state"] = initial_state[half:]
        y = self._read(self.forward_layer, sequences, mask, training, forward)
        z = self._read(self.backward_layer, sequences, mask, training, backward)
        states = ()
        if self.return_state:
            (y, *forward_states), (z, *backward_states) = y, z
            states = (*forward_states, *backward_states)
        y, z = ops.cast(y, self.compute_dtype), ops.cast(z, self.compute_dtype)
        if self.return_sequences:
            z = ops.flip(z, axis=1)
        return self._with_states(self._merge(y, z), states)

    def _can_attempt_fused_lstm(self, mask, initial_state=None):
        return self._both_fuse(LSTM, 4, mask, initial_state)

    def _can_attempt_fused_gru(self, mask, initial_state=None):
        return self._both_fuse(GRU, 2, mask, initial_state)

    def _both_fuse(self, kind, states, mask, initial_state):
        """Whether both directions are of a kind, and are nothing but its operation."""
        return (
            mask is None
            and not self.stateful
            and (initial_state is None or len(initial_state) == states)
            and all(
                isinstance(one, kind)
                and one.built
                and one._may_fuse()
                and not one.cell.dropout
                and one.activity_regularizer is None
                and one.compute_dtype == self.compute_dtype
                for one in (self.forward_layer, self.backward_layer)
            )
        )

    def _call_fused(self, sequences, initial_state):
        """The same, with the outputs of both directions in the order of time from the start."""
        layers = self.forward_layer, self.backward_layer
        if initial_state is None:
            batch = ops.shape(sequences)[0]
            initial_state = [state for one in layers for state in one.get_initial_state(batch)]
        half = len(initial_state) // 2
        y, forward_states = layers[0].whole_sequence(sequences, initial_state[:half])
        z, backward_states = layers[1].whole_sequence(sequences, initial_state[half:])
        if not self.return_sequences:
            ends = (0, -1) if layers[0].go_backwards else (-1, 0)
            y, z = y[:, ends[0]], z[:, ends[1]]
        return self._with_states(self._merge(y, z), (*forward_states, *backward_states))

    def _with_states(self, merged, states):
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    @staticmethod
    def _read(layer, sequences, mask, training, more):
        parameters = layer._call_signature.parameters
        if "mask" in parameters:
            more["mask"] = mask
        if "training" in parameters:
            more["training"] = training
        return layer(sequences, **more)

    def _merge(self, y, z):
        if self.merge_mode == "concat":
            return ops.concatenate([y, z], axis=-1)
        if self.merge_mode == "sum":
            return y + z
        if self.merge_mode == "ave":
            return (y + z) / 2
        return y * z if self.merge_mode == "mul" else (y, z)

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        shape, backward = (
            one.compute_output_shape(sequences_shape)
            for one in (self.forward_layer, self.backward_layer)
        )
        states = ()
        if self.return_state:
            (shape, *states), (backward, *backward_states) = shape, backward
            states += backward_states
        if self.merge_mode is None:
            return (shape, backward, *states)
        if self.merge_mode == "concat":
            shape = (*shape[:-1], shape[-1] + backward[-1])
        return (shape, *states) if self.return_state else shape

    def compute_mask(self, sequences, mask):
        if isinstance(mask, list):
            mask = mask[0]
        mask = mask if self.return_sequences else None
        masks = (mask,) if self.merge_mode else (mask, mask)
        if self.return_state:
            masks += (None,) * (2 * len(self.forward_layer.state_size))
        return masks if len(masks) > 1 else mask

    @property
    def states(self):
        """The kept states of a stateful layer, forward ones first; None if there are none."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def reset_state(self):
        """Make the kept states of a stateful layer zero; AttributeError if it is not stateful."""
        if not self.stateful:
            raise AttributeError(
                f"{self.name}: only a stateful layer has states to reset. Received: stateful=False"
            )
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self):
        """`reset_state` by its other name."""
        self.reset_state()

    def get_config(self):
        config = super().get_config()
        config["layer"] = serialize_keras_object(self.forward_layer)
        config["backward_layer"] = serialize_keras_object(self.backward_layer)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)


def _copy(layer, prefix, **changes):
    """A layer with the config of `layer`, but for its name and `changes`."""
    serialized = serialize_keras_object(layer)
    name = prefix + layer.name.removeprefix(prefix)
    config = {**serialized["config"], **changes, "name": name}
    return deserialize_keras_object({**serialized, "config": config})
