"""device: where computations happen, of which there is one place."""

import contextlib
import re


@contextlib.contextmanager
def device(device_name):
    """A scope in which everything is computed where it is always computed: on the processor.

    Args:
        device_name: "cpu" or "cpu:0".

    Raises:
        ValueError: any other device.

    >>> import minigrad as mg
    >>> with mg.device("cpu:0"):
    ...     mg.ops.ones(2).numpy()
    array([1., 1.], dtype=float32)
    """
    if not isinstance(device_name, str) or not re.fullmatch(r"cpu(:0)?", device_name.lower()):
        raise ValueError(
            "minigrad computes on the processor alone, the device 'cpu:0'. Remove the scope, or "
            f"name that device. Received: device_name={device_name!r}"
        )
    yield
