# %% [markdown]
# # Gradients of whole arrays: broadcasting and matrix products
#
# A dense layer is `x @ W + b`. Two things in it are new compared with scalars: `b` is used by every
# row of the batch at once, and `@` mixes everything with everything. Both gradients follow from the
# one rule we have: *multiply by the local derivative, and sum over all uses*.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import ops
from minigrad.inspect import check

# %% [markdown]
# ## A gradient has the shape of its value
#
# The loss is one number. The gradient of an array says, for **each** of its entries, how much the
# loss moves when this entry moves by 1. So it has exactly the shape of the array.

# %%
x = mg.Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
(x * x).sum().backward()
print(x.grad)  # 2x, entry by entry

# %% [markdown]
# ## Broadcasting is using something several times
#
# NumPy's rule: shapes are compared from the right; an axis that is missing, or of length 1, is
# repeated until it fits.

# %%
rows = mg.Tensor([[0.0, 0.0, 0.0], [10.0, 10.0, 10.0]], requires_grad=True)  # (2, 3)
bias = mg.Tensor([1.0, 2.0, 3.0], requires_grad=True)  # (3,), repeated for both rows
total = rows + bias
print(total)

# %% [markdown]
# Each entry of `bias` is used in two rows. Uses add up, so **the gradient is summed over every axis
# along which the value was repeated**:

# %%
weights = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
(total * weights).sum().backward()
print("for rows:\n", rows.grad)
print("for bias:", bias.grad, "= the sum of the rows above")

# %%
figure, panels = plt.subplots(
    1, 3, figsize=(7.2, 2.2), layout="constrained", width_ratios=[3, 1, 3]
)
grids = [bias.numpy()[None].repeat(2, 0), None, np.asarray(weights)]
for panel, grid, title in zip(panels, grids, ["forwards: repeat", None, "backwards: sum down"]):
    panel.axis("off")
    if grid is None:
        panel.text(0.5, 0.5, "→\n\n←", ha="center", va="center", fontsize=16)
        continue
    panel.imshow(np.log1p(grid), cmap="Blues", vmax=5)
    for (i, j), number in np.ndenumerate(grid):
        panel.text(j, i, f"{number:g}", ha="center", va="center")
    panel.set_title(title, fontsize=10)

# %% [markdown]
# In minigrad no rule cares about this. The rule of `+` passes the gradient on as it is, too large
# by the repeated axes, and the walk backwards sums those away, once for all operations
# (`autograd/backward.py`). Forgetting that sum is among the commonest mistakes in a gradient
# written by hand; another is this:
#
# ## The trap: (32, 1) minus (32,)
#
# A model gives predictions of shape (32, 1); the targets come as (32,). Broadcasting makes (32,
# 32) of their difference without a word: every prediction is compared with every target.

# %%
prediction, target = np.zeros((32, 1)), np.ones(32)
print((prediction - target).shape)

# %% [markdown]
# ## The matrix product
#
# $Y = XW$ with $X$ of shape $(n, k)$ and $W$ of shape $(k, m)$ means $Y_{ij} = \sum_l X_{il}
# W_{lj}$. Ask for one entry of $X$: $X_{il}$ is used in all of row $i$ of $Y$, each time
# multiplied by $W_{lj}$. With $G$ for the gradient of $Y$:
#
# $$ \frac{\partial L}{\partial X_{il}} = \sum_j G_{ij} W_{lj} \qquad\text{that is}\qquad
# \frac{\partial L}{\partial X} = G W^\top $$
#
# and in the same way
#
# $$ \frac{\partial L}{\partial W} = X^\top G. $$
#
# Shapes are a good memory aid: $G$ is $(n, m)$; only $G W^\top$ is $(n, k)$, only $X^\top G$ is
# $(k, m)$. And the sum over the batch in $X^\top G$ is again "uses add up": each weight is used by
# every row.

# %%
rng = np.random.default_rng(0)
X = mg.Tensor(rng.normal(size=(4, 3)), requires_grad=True)
W = mg.Tensor(rng.normal(size=(3, 2)), requires_grad=True)
G = rng.normal(size=(4, 2))
((X @ W) * G).sum().backward()
print("X:", np.allclose(X.grad, G @ W.numpy().T), " W:", np.allclose(W.grad, X.numpy().T @ G))

# %% [markdown]
# ## A dense layer by hand
#
# Forwards, the loss, and backwards, line for line in reverse. The right column of comments names
# the shape.

# %%
n, k, m = 32, 5, 3
x, labels = rng.normal(size=(n, k)), rng.integers(0, m, n)
W, b = rng.normal(size=(k, m)), np.zeros(m)

z = x @ W + b  # (n, m)
e = np.exp(z - z.max(axis=1, keepdims=True))
p = e / e.sum(axis=1, keepdims=True)  # softmax
loss = -np.log(p[np.arange(n), labels]).mean()

dz = p.copy()
dz[np.arange(n), labels] -= 1  # softmax and cross-entropy together: p − one-hot
dz /= n  # the mean                                (n, m)
dW = x.T @ dz  # matrix product                    (k, m)
db = dz.sum(axis=0)  # broadcasting                (m,)
dx = dz @ W.T  # for the layer before              (n, k)

# %% [markdown]
# The tape agrees:

# %%
wt, bt = mg.Tensor(W, requires_grad=True), mg.Tensor(b, requires_grad=True)
entropy = mg.losses.sparse_categorical_crossentropy(
    labels, mg.Tensor(x) @ wt + bt, from_logits=True
)
entropy.mean().backward()
print("W:", np.allclose(wt.grad, dW), " b:", np.allclose(bt.grad, db))

# %% [markdown]
# ## Exercises
#
# 1. `a` has shape (4, 1, 3), `b` has shape (5, 1). Over which axes of the result is the gradient of
#    `a` summed? Answer with a tuple.

# %%
answer = ...  # exercise 1
check(answer, (1,), hint="the result is (4, 5, 3); along which axis was a repeated?")

# %% [markdown]
# 2. The mean of an array of 12 entries: what is the gradient of each entry?

# %%
answer = ...  # exercise 2
check(answer, 1 / 12, hint="each moves the mean by a twelfth")

# %% [markdown]
# 3. Write the gradient of $L = \sum_{ij} G_{ij} \, (A^\top B)_{ij}$ by $A$, with NumPy.

# %%
A, B, G = rng.normal(size=(6, 4)), rng.normal(size=(6, 3)), rng.normal(size=(4, 3))


def gradient_by_a(A, B, G):
    return ...  # exercise 3


expected = mg.grad(lambda a: ops.sum(ops.matmul(ops.transpose(a), B) * G))(mg.Tensor(A))
check(gradient_by_a(A, B, G), expected, hint="which product of B and G has the shape of A?")

# %%
plt.show()
