"""Results and state of every metric equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


@pytest.mark.parametrize(("group", "case", "dtype"), parameters("metrics"), ids=label)
def test_metric_equals_keras(group, case, dtype):
    check(group, case, dtype)
