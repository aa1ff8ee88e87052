"""While shapes are found out, functions can know it."""

import minigrad as mg
from minigrad.backend import in_symbolic_scope


def test_it_is_open_while_shapes_are_found_out():
    seen = []

    def f(x):
        seen.append(in_symbolic_scope())
        return x

    mg.backend.compute_output_spec(f, mg.KerasTensor((2,)))
    f(mg.ops.ones(2))
    with mg.SymbolicScope(), mg.SymbolicScope():
        f(1)
    f(1)
    assert seen == [True, False, True, False]
