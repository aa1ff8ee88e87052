"""What every test runs under: pictures without a screen, and no peer imported by accident."""

import os
from pathlib import Path

os.environ["MPLBACKEND"] = "Agg"  # before the first import of matplotlib, and for subprocesses


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Collect only `test_*.py` below tests/: `--doctest-modules` would import the scripts too."""
    if collection_path.suffix == ".py" and not collection_path.name.startswith("test_"):
        return True
    return None
