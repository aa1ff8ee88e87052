"""The values that everything else asks for: default float type, fuzz factor, data format, policy.

Values only: this file imports nothing of the package. `floatx`, `epsilon`, `image_data_format` and
the limits on training are of the process; the policy name and the switches that one turns on for a
while belong to the thread that sets them. `minigrad.config` is their public face.
"""

import os
import threading

_FLOAT_TYPES = ("bfloat16", "float16", "float32", "float64")
_DATA_FORMATS = ("channels_first", "channels_last")


def _whole_number(variable, default):
    """The whole number that an environment variable holds, or `default` where it is unset."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f"The environment variable {variable} must be a whole number. "
            f"Set it to one or unset it. Received: {variable}={text!r}"
        ) from None


_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_seed = None
_max_epochs = _whole_number("KERAS_MAX_EPOCHS", None)
_max_steps_per_epoch = _whole_number("KERAS_MAX_STEPS_PER_EPOCH", None)
_debug_topics = {"compile", "nan"} & {os.environ.get("MINIGRAD_DEBUG", "").strip()}
_debug = 1 if _debug_topics else _whole_number("MINIGRAD_DEBUG", 0)


class _OfThread(threading.local):
    """What each thread sets for itself; a new thread starts from these defaults."""

    policy = None
    traceback_filtering = True
    interactive_logging = True
    flash_attention = None
    unsafe_deserialization = False


_of_thread = _OfThread()


def floatx():
    """The name of the default float type.

    >>> floatx()
    'float32'
    """
    return _floatx


def set_floatx(value):
    """Set the default float type: "bfloat16", "float16", "float32" or "float64".

    Raises ValueError for any other name.
    """
    global _floatx
    if value not in _FLOAT_TYPES:
        raise ValueError(
            f"Unknown `floatx` value: {value}. Expected one of {_FLOAT_TYPES}. "
            f"Received: value={value!r}"
        )
    _floatx = str(value)


def epsilon():
    """The small number that keeps divisions and logarithms finite.

    >>> epsilon()
    1e-07
    """
    return _epsilon


def set_epsilon(value):
    """Set the small number that keeps divisions and logarithms finite."""
    global _epsilon
    _epsilon = value


def image_data_format():
    """Where images keep their channels by default: "channels_last" or "channels_first".

    >>> image_data_format()
    'channels_last'
    """
    return _image_data_format


def set_image_data_format(data_format):
    """Set where images keep their channels. Raises ValueError for an unknown format."""
    global _image_data_format
    _image_data_format = standardize_data_format(data_format)


def standardize_data_format(data_format):
    """`data_format` checked and in lower case; None is the default format.

    >>> standardize_data_format(None), standardize_data_format("Channels_First")
    ('channels_last', 'channels_first')
    """
    if data_format is None:
        return _image_data_format
    name = str(data_format).lower()
    if name not in _DATA_FORMATS:
        raise ValueError(
            "The `data_format` argument must be one of "
            f"{_DATA_FORMATS}. Received: data_format={data_format}"
        )
    return name


def seed():
    """The seed that `utils.set_random_seed` left, or None."""
    return _seed


def set_seed(value):
    """Remember the seed from which new seed generators draw; None forgets it."""
    global _seed
    _seed = value


def max_epochs():
    """The most epochs that a call of `fit` runs (also KERAS_MAX_EPOCHS), or None."""
    return _max_epochs


def set_max_epochs(max_epochs):
    """Limit the epochs of every later `fit`, to try a script out; None lifts the limit."""
    global _max_epochs
    _max_epochs = max_epochs


def max_steps_per_epoch():
    """The most steps in an epoch (also KERAS_MAX_STEPS_PER_EPOCH), or None."""
    return _max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch):
    """Limit the steps of every later epoch, evaluation and prediction; None lifts the limit."""
    global _max_steps_per_epoch
    _max_steps_per_epoch = max_steps_per_epoch


def debug():
    """How much minigrad tells about its inner workings (MINIGRAD_DEBUG): 0 is nothing."""
    return _debug


def debugs(topic):
    """Whether a part of minigrad tells what it does: MINIGRAD_DEBUG=compile, or 2 for all."""
    return topic in _debug_topics or _debug >= 2


def watches_for_nan():
    """Whether everything is watched for its first NaN or infinity: MINIGRAD_DEBUG=nan."""
    return "nan" in _debug_topics


def set_debug(level):
    """Set how much minigrad tells about its inner workings."""
    global _debug
    _debug = int(level)


def policy():
    """The global dtype policy of this thread as it was set (a policy object or a name), or None."""
    return _of_thread.policy


def set_policy(value):
    """Set the global dtype policy of this thread; None means the policy named `floatx()`."""
    _of_thread.policy = value


def enable_traceback_filtering():
    """Hide minigrad's own frames in the traceback of an error (the default)."""
    _of_thread.traceback_filtering = True


def disable_traceback_filtering():
    """Show every frame in the traceback of an error."""
    _of_thread.traceback_filtering = False


def is_traceback_filtering_enabled():
    """Whether tracebacks leave out minigrad's own frames."""
    return _of_thread.traceback_filtering


def enable_interactive_logging():
    """Print progress and messages to standard output (the default)."""
    _of_thread.interactive_logging = True


def disable_interactive_logging():
    """Send progress and messages to Python's `logging` instead of standard output."""
    _of_thread.interactive_logging = False


def is_interactive_logging_enabled():
    """Whether progress and messages go to standard output."""
    return _of_thread.interactive_logging


def enable_flash_attention():
    """Let attention layers choose the fused attention kernel (the default)."""
    _of_thread.flash_attention = None


def disable_flash_attention():
    """Keep attention layers from choosing the fused attention kernel."""
    _of_thread.flash_attention = False


def is_flash_attention_enabled():
    """False where the fused attention kernel is switched off, else None: layers choose."""
    return _of_thread.flash_attention


def enable_unsafe_deserialization():
    """Let this thread load files that carry Python code: only for files that you trust."""
    _of_thread.unsafe_deserialization = True


def is_unsafe_deserialization_enabled():
    """Whether this thread loads files that carry Python code without asking."""
    return _of_thread.unsafe_deserialization


def reset_session():
    """Forget what this thread has set (policy and switches), as `clear_session` does."""
    _of_thread.__dict__.clear()
