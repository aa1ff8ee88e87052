"""Masks: which timesteps of a tensor count, carried along with the tensor itself."""


def get_keras_mask(x):
    """The mask that came with a tensor, or None."""
    return getattr(x, "_keras_mask", None)


def set_keras_mask(x, mask):
    """Attach a mask to a tensor; None takes it away."""
    x._keras_mask = mask
