"""Cases of the activations' own arguments; layers_core.py has each with its defaults."""

from tests.golden.cases.spec import Case, normal, values

X = normal(3, 4)
EDGES = values([[-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 6.0]])


def activation(name: str, x, **kwargs) -> Case:
    return Case(f"activations.{name}", kwargs, (x,), {})


CASES = [
    activation("celu", X, alpha=0.5),
    activation("elu", X, alpha=0.5),
    activation("gelu", X, approximate=True),
    activation("gelu", X, approximate=False),
    activation("glu", X, axis=-1),
    activation("hard_shrink", X, threshold=0.3),
    activation("soft_shrink", X, threshold=0.3),
    activation("leaky_relu", X, negative_slope=0.1),
    activation("log_softmax", X, axis=0),
    activation("softmax", X, axis=0),
    activation("softmax", normal(2, 3, 4), axis=[1, 2]),
    activation("relu", EDGES, negative_slope=0.1, max_value=1.0, threshold=0.5),
    activation("relu", X, max_value=0.7),
    activation("squareplus", X, b=2),
    activation("threshold", X, threshold=0.2, default_value=-1.0),
    activation("threshold", EDGES, threshold=0.5, default_value=0.25),
]
