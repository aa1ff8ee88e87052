"""The environment with Keras, made once."""

import os

import pytest

from tests.interop import job


@pytest.fixture(scope="session")
def keras_python(tmp_path_factory):
    """A Python that has Keras and JAX: named by MINIGRAD_KERAS_PYTHON, or, on CI, a new one."""
    if not os.environ.get("MINIGRAD_KERAS_PYTHON") and not os.environ.get("CI"):
        pytest.skip("MINIGRAD_KERAS_PYTHON names no Python that has Keras and JAX")
    try:
        return job.python_with_keras(tmp_path_factory.mktemp("keras") / "venv")
    except job.NoKeras as error:
        pytest.skip(f"Keras cannot be installed here: {error}")
