"""Logs: the numbers that callbacks receive."""

import numpy as np


def pythonify_logs(logs):
    """Logs with Python floats instead of tensors, sorted by name, dicts within them flattened.

    What is no single number (a metric per class) becomes a NumPy array.

    >>> pythonify_logs({"loss": np.float32(0.5), "a": {"b": 1}})
    {'b': 1.0, 'loss': 0.5}
    """
    result = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            result.update(pythonify_logs(value))
        else:
            result[name] = _pythonify(value)
    return result


def _pythonify(value):
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        return float(array.item()) if array.size == 1 else np.array(array)
    try:
        return float(value)
    except (TypeError, ValueError):
        return value
