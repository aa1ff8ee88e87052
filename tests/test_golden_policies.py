"""Layers under the policies of 16 bits equal Keras on JAX within the rounding."""

import pytest

from tests import golden_policies as policies
from tests.golden_cases import framework, label, load

CASES = [
    (policy, group, case)
    for policy in policies.POLICIES
    for group, case in policies.cases()
    if (policy, case.path) not in policies.REFUSED
]


@pytest.mark.parametrize("policy", policies.POLICIES)
def test_files_hold_all_layers_that_have_golden_cases(policy):
    expected = {case.key for of, _, case in CASES if of == policy}
    assert set(load(f"policies_{policy}")) == expected


@pytest.mark.parametrize(("policy", "group", "case"), CASES, ids=label)
def test_layer_equals_keras(policy, group, case):
    keras, engine = framework()
    actual = policies.run(keras, engine, group, case, policy)
    lines = policies.mismatches(group, case, policy, actual)
    assert not lines, "\n".join([case.key, *lines])
