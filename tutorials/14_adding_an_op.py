# %% [markdown]
# # Adding your own operation, with its gradient and its kernel
#
# minigrad has some hundred primitives; everything else is made of them. This page adds one more,
# in four stages: as a formula, with a rule of its own for the gradient, with a kernel that is
# compiled, and with the checks that catch a wrong rule.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import ops
from minigrad.autograd import op, primitive
from minigrad.inspect import check, check_gradients

# %% [markdown]
# ## First of all: is a formula enough?
#
# *Mish* is an activation, $x \tanh(\log(1 + e^x))$ (Misra 2019). Written in operations that exist,
# it has its gradient, its second derivative, its shape rule and its place in compiled code for
# nothing:


# %%
@op
def my_mish(x):
    """x · tanh(softplus(x))"""
    return x * ops.tanh(ops.softplus(x))


x = mg.Tensor(np.linspace(-4, 4, 9))
print(np.round(my_mish(x), 3))
print(np.round(mg.grad(lambda x: ops.sum(my_mish(x)))(x), 3))

# %% [markdown]
# ## When it is not
#
# `log(1 + exp(x))` is right on paper. On a computer `exp(1000)` is infinite, and so is the result,
# though 1000 would be right; and the gradient becomes infinity over infinity:

# %%
naive = op(lambda x: ops.log(1.0 + ops.exp(x)))
big = mg.Tensor([-1000.0, 0.0, 1000.0])
with np.errstate(over="ignore", invalid="ignore"):
    print("value:", naive(big), " gradient:", mg.grad(lambda x: ops.sum(naive(x)))(big))

# %% [markdown]
# So we declare a *primitive*: a name, a kernel (arrays in, an array out), and one rule for each
# input. The rule gets the gradient by the output `g`, the output, and the inputs; it returns the
# gradient by the input. The derivative of $\log(1+e^x)$ is the sigmoid:

# %%
soft = primitive(
    "soft",
    lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    (lambda g, out, x: g * ops.sigmoid(x),),
    promote="float",
    doc="log(1 + exp(x)), finite wherever x is.",
)
print("value:", soft(big), " gradient:", mg.grad(lambda x: ops.sum(soft(x)))(big))

# %% [markdown]
# That was the whole of it. It broadcasts, promotes, records, works on symbolic tensors, and can be
# differentiated twice, because its rule is written in operations:

# %%
second = mg.grad(mg.grad(soft))(0.0)
print("second derivative at 0:", float(second), "(a quarter, by hand)")

# %% [markdown]
# ## Is the rule right?
#
# Compare with small steps. `check_gradients` does so for every entry, in float64:

# %%
places = np.array([-3.0, -0.5, 0.1, 2.0])
print(check_gradients(lambda x: ops.sum(soft(x)), mg.Tensor(places)))

# %% [markdown]
# Now a rule with a mistake. The report names the likely cause, and the operation:

# %%
wrong = primitive(
    "wrong_soft",
    lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    (lambda g, out, x: 2 * g * ops.sigmoid(x),),
    promote="float",
)
print(check_gradients(lambda x: ops.sum(wrong(x)), mg.Tensor(places)))

# %% [markdown]
# ## A kernel for the compiler
#
# `fuse=` says how the operation looks inside a loop. Then the compiler puts it into the same loop
# as its neighbours, instead of stopping for a call:

# %%
fused = primitive(
    "fused_soft",
    lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    (lambda g, out, x: g * ops.sigmoid(x),),
    promote="float",
    fuse="maximum({0}, 0) + log1p(exp(-abs({0})))",
)
x = mg.Tensor(np.random.default_rng(0).normal(size=(1000,)).astype("float32"))
function = mg.compile(mg.grad(lambda x: ops.sum(fused(x * 2.0) * x)))
print(
    "compiled equals plain:",
    np.allclose(function(x), mg.grad(lambda x: ops.sum(soft(x * 2.0) * x))(x), atol=1e-5),
)

# %% [markdown]
# ## Two inputs
#
# One rule for each, `None` for one that has no gradient. Nobody need think about broadcasting: the
# walk sums a gradient that is too large.

# %%
lerp = primitive(
    "lerp",
    lambda a, b, t: a + t * (b - a),
    (
        lambda g, out, a, b, t: g * (1 - t),
        lambda g, out, a, b, t: g * t,
        lambda g, out, a, b, t: g * (b - a),
    ),
    promote="float",
    doc="The way from a to b, by the share t.",
)
a, b = mg.Tensor([0.0, 1.0], requires_grad=True), mg.Tensor([10.0, 20.0], requires_grad=True)
t = mg.Tensor(0.25, requires_grad=True)
lerp(a, b, t).sum().backward()
print(a.grad, b.grad, t.grad)

# %% [markdown]
# ## Exercises
#
# 1. The rule of `cube`, $x^3$.


# %%
cube = primitive("cube", lambda x: x**3, (lambda g, out, x: rule(g, out, x),), promote="float")


# %%
def rule(g, out, x):
    return ...  # exercise 1


def cubes(rule):
    return check_gradients(lambda x: ops.sum(cube(x)), mg.Tensor([0.5, -2.0])).ok


check(... if rule(1.0, 1.0, 1.0) is ... else rule, cubes, hint="g times the derivative, 3x²")

# %% [markdown]
# 2. *Straight through*: `step(x)` is 1 where x > 0 and 0 elsewhere; its true gradient is 0
#    everywhere, so nothing before it could learn. Write the rule that lets the gradient pass as if
#    `step` were not there (Bengio et al. 2013).


# %%
step = primitive(
    "straight_step",
    lambda x: (x > 0).astype(x.dtype),
    (lambda g, out, x: straight(g, out, x),),
    promote="float",
)


# %%
def straight(g, out, x):
    return ...  # exercise 2


if straight(1.0, 1.0, 1.0) is ...:
    check(..., 1.0)
else:
    check(
        mg.grad(lambda x: ops.sum(step(x) * 3.0))(mg.Tensor([-1.0, 2.0])),
        [3.0, 3.0],
        hint="return g",
    )

# %%
plt.show()
