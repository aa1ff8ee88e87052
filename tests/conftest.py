"""What every test runs under: pictures without a screen, and no peer imported by accident."""

import gc
import os
from pathlib import Path

os.environ["MPLBACKEND"] = "Agg"  # before the first import of matplotlib, and for subprocesses


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Collect only `test_*.py` below tests/: `--doctest-modules` would import the scripts too."""
    if collection_path.suffix == ".py" and not collection_path.name.startswith("test_"):
        return True
    return None


def pytest_collection_finish() -> None:
    """Leave the collected tests out of every later search for garbage: it looks at them in vain."""
    gc.collect()
    gc.freeze()
