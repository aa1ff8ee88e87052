"""Outputs, gradients and state of every layer equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


@pytest.mark.parametrize(("group", "case", "dtype"), parameters("layers"), ids=label)
def test_layer_equals_keras(group, case, dtype):
    check(group, case, dtype)
