"""Results and state of every metric equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


# Cases that make Keras warn make us warn too; the warnings have tests of their own.
@pytest.mark.filterwarnings("ignore:You are passing weight as `float`", "ignore:.*djusted R2 score")
@pytest.mark.parametrize(("group", "case", "dtype"), parameters("metrics"), ids=label)
def test_metric_equals_keras(group, case, dtype):
    check(group, case, dtype)
