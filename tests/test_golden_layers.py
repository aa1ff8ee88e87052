"""Outputs, gradients and state of every layer equal Keras on JAX."""

import pytest

from tests.golden.cases import GROUPS
from tests.golden_cases import check, label, parameters

LAYERS = [group for group, kind in GROUPS.items() if kind == "layers"]


@pytest.mark.parametrize(("group", "case", "dtype"), parameters(*LAYERS), ids=label)
def test_layer_equals_keras(group, case, dtype):
    check(group, case, dtype)
