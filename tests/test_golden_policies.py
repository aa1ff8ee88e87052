"""Layers under the policies of 16 bits equal Keras on JAX within the rounding."""

import pytest

from tests import golden_policies as policies
from tests.golden_cases import FOLDER, framework, label, load

CASES = [
    (policy, group, case)
    for policy in policies.POLICIES
    if (FOLDER / f"policies_{policy}.npz").exists()
    for group, case in policies.cases()
    if case.key in load(f"policies_{policy}")
]


def test_most_layers_are_recorded():
    recorded = {case.path for policy, _, case in CASES if policy == "mixed_bfloat16"}
    assert len(recorded) >= 90


@pytest.mark.parametrize(("policy", "group", "case"), CASES, ids=label)
def test_layer_equals_keras(policy, group, case):
    keras, engine = framework()
    actual = policies.run(keras, engine, group, case, policy)
    lines = policies.mismatches(group, case, policy, actual)
    assert not lines, "\n".join([case.key, *lines])
