"""Cases of the regularizers: values and gradients."""

from tests.golden.cases.spec import Case, normal, values

KERNEL = normal(4, 3)


def regularizer(name: str, x, **kwargs) -> Case:
    return Case(f"regularizers.{name}", kwargs, (x,), {})


CASES = [
    regularizer("L1", KERNEL),
    regularizer("L1", values([[0.0, -1.0, 2.0]]), l1=0.2),
    regularizer("L2", KERNEL),
    regularizer("L2", normal(2, 2, 3, 2), l2=0.3),
    regularizer("L1L2", KERNEL, l1=0.1, l2=0.2),
    regularizer("L1L2", KERNEL),
    regularizer("OrthogonalRegularizer", KERNEL),
    regularizer("OrthogonalRegularizer", normal(3, 3), factor=0.1, mode="columns"),
]
