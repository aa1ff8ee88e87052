"""Trajectories of every optimizer, and the rates of every schedule, equal Keras on JAX."""

import pytest

from tests.golden_cases import check, label, parameters


@pytest.mark.parametrize(
    ("group", "case", "dtype"), parameters("optimizers", "schedules"), ids=label
)
def test_optimizer_equals_keras(group, case, dtype):
    check(group, case, dtype)
