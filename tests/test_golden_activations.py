"""Values and gradients of every activation with its arguments equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


@pytest.mark.parametrize(("group", "case", "dtype"), parameters("activations"), ids=label)
def test_activation_equals_keras(group, case, dtype):
    check(group, case, dtype)
