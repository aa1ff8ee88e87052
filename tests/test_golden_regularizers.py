"""Values (and gradients) of every regularizer and constraint equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


@pytest.mark.parametrize(
    ("group", "case", "dtype"), parameters("regularizers", "constraints"), ids=label
)
def test_regularizer_equals_keras(group, case, dtype):
    check(group, case, dtype)
