"""Values and gradients of every loss equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


@pytest.mark.parametrize(("group", "case", "dtype"), parameters("losses"), ids=label)
def test_loss_equals_keras(group, case, dtype):
    check(group, case, dtype)
