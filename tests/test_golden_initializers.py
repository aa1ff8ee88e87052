"""Values or moments of every initializer equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


@pytest.mark.parametrize(("group", "case", "dtype"), parameters("initializers"), ids=label)
def test_initializer_equals_keras(group, case, dtype):
    check(group, case, dtype)
