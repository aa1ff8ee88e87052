"""Cases of the constraints."""

from tests.golden.cases.spec import Case, normal, values

KERNEL = normal(4, 3)
FILTERS = normal(2, 2, 3, 2)


def constraint(name: str, x, **kwargs) -> Case:
    return Case(f"constraints.{name}", kwargs, (x,), {})


CASES = [
    constraint("MaxNorm", KERNEL, max_value=1.0),
    constraint("MaxNorm", KERNEL),
    constraint("MaxNorm", FILTERS, max_value=0.8, axis=[0, 1, 2]),
    constraint("MinMaxNorm", KERNEL, min_value=0.5, max_value=1.5),
    constraint("MinMaxNorm", KERNEL, min_value=0.5, max_value=1.0, rate=0.3, axis=1),
    constraint("NonNeg", KERNEL),
    constraint("NonNeg", values([[0.0, -1.0, 2.0]])),
    constraint("UnitNorm", KERNEL),
    constraint("UnitNorm", FILTERS, axis=[0, 1, 2]),
]
