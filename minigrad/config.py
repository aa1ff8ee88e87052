"""What is set once for everything: `minigrad.config`, with the names of `keras.config`."""

from minigrad.dtype_policies import dtype_policy, set_dtype_policy
from minigrad.settings import (
    disable_flash_attention,
    disable_interactive_logging,
    disable_traceback_filtering,
    enable_flash_attention,
    enable_interactive_logging,
    enable_traceback_filtering,
    enable_unsafe_deserialization,
    epsilon,
    floatx,
    image_data_format,
    is_flash_attention_enabled,
    is_interactive_logging_enabled,
    is_traceback_filtering_enabled,
    max_epochs,
    max_steps_per_epoch,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    set_max_epochs,
    set_max_steps_per_epoch,
    standardize_data_format,
)

__all__ = [
    "backend",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_nnx_enabled",
    "is_traceback_filtering_enabled",
    "max_epochs",
    "max_steps_per_epoch",
    "set_backend",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "standardize_data_format",
]


def backend():
    """The name of the engine: there is one.

    >>> backend()
    'minigrad'
    """
    return "minigrad"


def set_backend(backend):
    """Accept "minigrad", the only engine; raises ValueError for any other name."""
    if backend != "minigrad":
        raise ValueError(
            "minigrad is its own backend and runs on NumPy and Numba; remove the call or pass "
            f"'minigrad'. Received: backend={backend!r}"
        )


def is_nnx_enabled():
    """False: NNX belongs to JAX.

    >>> is_nnx_enabled()
    False
    """
    return False
