"""What operations are called in NumPy, PyTorch and TensorFlow.

`tests/interop/peers_job.py` looks each name up in its package, and compares results where the
arguments are the same; a name that has not passed there fails a test.
"""

import functools
import json
from pathlib import Path


@functools.cache
def names_elsewhere():
    """{"NumPy", "PyTorch" or "TensorFlow": {operation: name}}.

    "modules" are PyTorch's for layers and the like, "notes" say what is other than here.
    """
    return json.loads(Path(__file__).with_name("peers.json").read_text(encoding="utf-8"))
