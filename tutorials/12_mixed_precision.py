# %% [markdown]
# # Mixed precision: what underflows, and why
#
# A number in 16 bits takes half the memory of one in 32, and graphics processors compute with it
# several times as fast. But half the bits have to be missing somewhere. We take the formats apart
# bit by bit, watch a gradient and an update disappear, and repair both: the first with a *loss
# scale*, the second with weights that stay in 32 bits.

# %%
import matplotlib.pyplot as plt
import ml_dtypes
import numpy as np

import minigrad as keras
from minigrad import inspect, layers, ops
from minigrad.inspect import check

# %% [markdown]
# ## Sign, exponent, fraction
#
# A floating-point number is $\pm\, 2^{e} \cdot 1.f$: a sign, an exponent $e$ for its size, and a
# fraction $f$ for its digits. The formats divide their bits differently:

# %%
FORMATS = {  # name: (type, unsigned integer of the same size, bits of the exponent)
    "float32": (np.float32, np.uint32, 8),
    "float16": (np.float16, np.uint16, 5),
    "bfloat16": (ml_dtypes.bfloat16, np.uint16, 8),
}


def bits(number, name):
    """Sign, exponent and fraction of a number, as zeros and ones."""
    dtype, unsigned, exponent = FORMATS[name]
    whole = np.array(number, dtype).view(unsigned)
    text = f"{int(whole):0{8 * whole.itemsize}b}"
    return f"{text[0]} {text[1 : 1 + exponent]} {text[1 + exponent :]}"


for name, (dtype, *_) in FORMATS.items():
    print(f"0.1 in {name:9}{bits(0.1, name):36}is {float(np.array(0.1, dtype)):.10f}")

# %% [markdown]
# `bfloat16` is the first half of a `float32`: the same exponent, so the same range, and few digits.
# `float16` has more digits, and a short exponent, so it ends early at both sides:

# %%
for name, (dtype, *_) in FORMATS.items():
    info = ml_dtypes.finfo(dtype)
    ends = [float(x) for x in (info.max, info.smallest_normal, info.smallest_subnormal, info.eps)]
    print(
        "{:9} largest {:.2g}, smallest normal {:.2g}, smallest of all {:.2g}, "
        "next after 1: 1 + {:.2g}".format(name, *ends)
    )

# %% [markdown]
# Draw for each format how far off the nearest number of the format is, for numbers of all sizes.
# Where the line is flat, the format keeps its digits; where it climbs to 1, the number has become
# zero, and nothing of it is left.

# %%
sizes = np.geomspace(1e-12, 1e7, 4000)
figure, panel = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name in ("float16", "bfloat16"):
    with np.errstate(over="ignore"):
        stored = sizes.astype(np.float32).astype(FORMATS[name][0]).astype(np.float64)
    error = np.where(np.isfinite(stored), np.abs(stored - sizes) / sizes, np.nan)
    blocks = error.reshape(-1, 20).max(axis=1)  # the worst of twenty neighbours
    panel.loglog(sizes[::20], blocks, label=name)
panel.axvline(6e-8, color="0.7", ls=":")
panel.text(5e-8, 2e-5, "float16's\nsmallest", ha="right", fontsize=8, color="0.4")
panel.axvline(65504, color="0.7", ls=":")
panel.text(8e4, 2e-5, "float16's\nlargest", fontsize=8, color="0.4")
panel.set(xlabel="number", ylabel="relative error, at worst", ylim=(1e-5, 3))
panel.legend(loc="upper center")

# %% [markdown]
# ## The first loss: gradients that become zero
#
# Gradients are small. The mean over a batch divides by its size, and every layer multiplies by
# weights below 1. Below $2^{-25} \approx 3 \cdot 10^{-8}$ float16 rounds to zero:

# %%
for size in (1e-4, 1e-6, 1e-7, 1e-8):
    half = np.float16(size)
    print(f"{size:g} in float16: {float(half):.4g}   bits {bits(size, 'float16')}")

# %% [markdown]
# From $2^{-14}$ downwards numbers are *subnormal*: the exponent is at its end (all zeros), and the
# digits go one by one, until the last is lost. A number that small is not unimportant: it is a
# gradient like any other, and the optimizer would have multiplied it (Adam divides by its size!).
#
# **Loss scaling** (Micikevicius et al. 2018): multiply the *loss* by a large number $S$. By the
# chain rule every gradient is $S$ times as large, and so moves into the range of float16; at the
# end, in float32, divide by $S$:


# %%
def slope(scale):
    """d/dw of mean((w·x)²), computed in float16; and divided by the scale in float32."""
    w = keras.Tensor(np.float16(0.001), requires_grad=True)
    x = keras.Tensor(np.full(64, 0.003, "float16"))
    loss = ops.mean(ops.square(w * x)) * np.float16(scale)
    loss.backward()
    return float(w.grad.numpy().astype(np.float32)) / scale


true = 2 * 0.001 * 0.003**2
for scale in (1.0, 16.0, 256.0, 4096.0, 32768.0):
    print(f"scale {scale:7g}: {slope(scale):.3e}, the truth is {true:.3e}")
assert slope(1.0) == 0.0 and abs(slope(32768.0) / true - 1) < 0.1

# %% [markdown]
# ## The second loss: updates that are too small
#
# Near 1, float16's numbers are $2^{-10} \approx 0.001$ apart. A weight of 1 that is to move by
# 0.0001 does not move, however often:

# %%
weight16, weight32 = np.float16(1.0), np.float32(1.0)
for _ in range(1000):
    weight16 = np.float16(weight16 - np.float16(0.0001))
    weight32 = weight32 - np.float32(0.0001)
print(f"after 1000 steps of 0.0001: float16 {weight16}, float32 {weight32:.4f}")

# %% [markdown]
# Here no scale helps; the weight itself needs more digits. So in *mixed* precision the weights stay
# in float32, and are rounded to 16 bits only for computing with them. bfloat16, with its 8 bits of
# digits, needs this even more, but no loss scale: it has float32's range.
#
# ## The policy
#
# A **dtype policy** says both: what a layer computes in, and what its weights are kept in.

# %%
for name in ("float32", "mixed_float16", "mixed_bfloat16"):
    policy = keras.DTypePolicy(name)
    print(f"{name:15} computes in {policy.compute_dtype}, keeps weights in {policy.variable_dtype}")

(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = (x.reshape(-1, 64) / np.float32(16) for x in (x_train, x_test))


def network(policy):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(64, "relu", dtype=policy),
            layers.Dense(64, "relu", dtype=policy),
            layers.Dense(10, dtype=policy),
            layers.Softmax(dtype="float32"),  # probabilities need range and digits
        ]
    )
    optimizer = keras.optimizers.Adam(0.003)
    if policy == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


print(inspect.dtype_flow(network("mixed_float16")))

# %% [markdown]
# Arrows mark the places where numbers are cast. Now train all three. The curves lie on each other:
# that is the point.

# %%
figure, panel = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
accuracy, models = {}, {}
for name, style in (("float32", "-"), ("mixed_float16", "--"), ("mixed_bfloat16", ":")):
    models[name] = network(name)
    history = models[name].fit(x_train, y_train, epochs=8, verbose=0)
    accuracy[name] = models[name].evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
    panel.semilogy(history.history["loss"], style, lw=2, label=name)
    print(f"{name:15} test accuracy {accuracy[name]:.1%}")
panel.set(xlabel="epoch", ylabel="training loss")
panel.legend()

# %% [markdown]
# ## Which gradients would be lost?
#
# `precision_report` computes all gradients in float32 and counts what either format would lose of
# them, plain and with the loss scale. A network that is almost perfect on its examples has the
# smallest gradients, so look *late* in a training:

# %%
model = models["mixed_float16"]
model.fit(x_train, y_train, epochs=25, verbose=0)
report = inspect.precision_report(model, (x_train[:256], y_train[:256]), loss_scale=2.0**15)
print(report)
figure = report.plot()

# %% [markdown]
# Above, all gradients together: the part in the shade on the left would be zero in float16. The
# loss scale moves everything 15 places to the right, and most of it out of the shade. Below, the
# same for each gradient, from its smallest to its largest value. The gradients of the last layer's
# output are tiny where the network is already sure; a part of them is lost even so, and is so small
# that nobody misses it.
#
# ## How large a scale?
#
# As large as possible, for it saves more; but if one gradient overflows to infinity, the step is
# worthless. `LossScaleOptimizer` finds out by trying: it starts at $2^{15}$; if a gradient is not
# finite it leaves the step out and halves the scale; if all went well for 2000 steps it doubles it.


# %%
def scales(overflows, steps, scale=2.0**15, patience=2000):
    """The scale after each step, if steps with a scale above `overflows` overflow."""
    good, found = 0, []
    for _ in range(steps):
        if scale > overflows:
            scale, good = scale / 2, 0
        else:
            good += 1
            if good == patience:
                scale, good = scale * 2, 0
        found.append(scale)
    return found


figure, panel = plt.subplots(figsize=(5.6, 2.6), layout="constrained")
panel.semilogy(scales(overflows=2.0**17.5, steps=12000), base=2)
panel.axhline(2.0**17.5, color="firebrick", ls=":", label="overflows above")
panel.set(xlabel="step", ylabel="loss scale", ylim=(2**14, 2**19))
panel.legend(loc="lower right")

# %% [markdown]
# ## What does it bring?
#
# On a graphics processor with units for halves: often twice the speed, and half the memory for
# activations. On a processor like this one there are no such units: numbers are stored in 16 bits
# and computed in 32, so a step is not faster. `docs/mixed_precision.md` has the measurements.
#
# ## Exercises
#
# 1. What is `np.float16(2049)`? Remember that float16 has 11 digits in base two (one of them is
#    the 1 before the point, which is not stored).

# %%
answer = ...  # exercise 1
check(answer, float(np.float16(2049)), hint="from 2048 on, only even numbers can be written")

# %% [markdown]
# 2. A gradient is $2^{-30}$. What is the smallest loss scale, as a power of two, with which it is a
#    *normal* number of float16?

# %%
answer = ...  # exercise 2
check(answer, 2**16, hint="the smallest normal number is 2⁻¹⁴")

# %% [markdown]
# 3. `exp(x)` overflows in float16 already at $x = 12$. Write a softmax of an array that does not,
#    whatever its size.


# %%
def softmax(x):
    return ...  # exercise 3, with np.exp


logits = np.array([10.0, 12.0, 14.0], "float16")
expected = np.exp([-4.0, -2.0, 0.0]) / np.exp([-4.0, -2.0, 0.0]).sum()
check(softmax(logits), expected, hint="subtract the largest first", tolerance=2e-3)

# %%
assert min(accuracy.values()) > 0.93
plt.show()
