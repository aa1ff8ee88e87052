"""ONNX's operators on sequences (recurrent, attention, signals) by `minigrad.ops` and layers."""

import numpy as np

from minigrad import layers, ops
from tests.interop.onnx_words import NoEquivalent, only

SEQUENCES = {}
NAMES = {"Tanh": "tanh", "Sigmoid": "sigmoid", "Relu": "relu"}


def operator(name):
    """Enter the function under ONNX's name."""

    def enter(function):
        SEQUENCES[name] = function
        return function

    return enter


# Recurrent


def _gates(x, order):
    """`x`, whose first axis holds gates in ONNX's order, with the gates in Keras's."""
    parts = np.split(np.asarray(x), len(order))
    return np.concatenate([parts[i] for i in order])


def _recurrent(name, order, states):
    """One of ONNX's recurrent operators by the layer of the same name."""

    def run(a, x, w, r, bias=None, lengths=None, *given):
        only(a, clip=0.0, input_forget=0)
        if len(given) > states and given[states] is not None:
            raise NoEquivalent("attribute: peepholes")
        if a.get("activations", []) not in ([], ["Tanh"], ["Sigmoid", "Tanh", "Tanh"]):
            raise NoEquivalent("attribute: activations")
        batch_first = a.get("layout", 0)
        x = x if batch_first else ops.swapaxes(x, 0, 1)
        direction, size = a.get("direction", "forward"), a["hidden_size"]
        outputs, last = [], []
        for i in range(w.shape[0]):
            backwards = direction == "reverse" or i == 1
            options = {"reset_after": bool(a.get("linear_before_reset"))} if name == "GRU" else {}
            layer = getattr(layers, name)(
                size, return_sequences=True, return_state=True, go_backwards=backwards, **options
            )
            layer.build(x.shape)
            kernels = [_gates(one[i], order).T for one in (w, r)]
            pair = np.zeros(2 * len(order) * size) if bias is None else np.asarray(bias)[i]
            pair = [_gates(one, order) for one in np.split(pair, 2)]
            both = np.stack(pair) if options.get("reset_after") else pair[0] + pair[1]
            layer.set_weights([*kernels, both])
            start = [one[i] if not batch_first else one[:, i] for one in given[:states]]
            mask = None if lengths is None else np.arange(x.shape[1]) < np.asarray(lengths)[:, None]
            y, *state = layer(x, initial_state=start or None, mask=mask)
            outputs.append(ops.flip(y, 1) if backwards else y)
            last.append(state)
        y = ops.stack(outputs, axis=2)  # batch, time, direction, unit
        axis = 1 if batch_first else 0
        y = y if batch_first else ops.transpose(y, (1, 2, 0, 3))
        return y, *(ops.stack(one, axis=axis) for one in zip(*last))

    return run


SEQUENCES["LSTM"] = _recurrent("LSTM", (0, 2, 3, 1), 2)  # i o f c there, i f c o here
SEQUENCES["GRU"] = _recurrent("GRU", (0, 1, 2), 1)
SEQUENCES["RNN"] = _recurrent("SimpleRNN", (0,), 1)


@operator("ReverseSequence")
def _reverse(a, x, lengths):
    time, batch = a.get("time_axis", 0), a.get("batch_axis", 1)
    steps, lengths = np.arange(x.shape[time])[:, None], np.asarray(lengths)[None]
    at = np.where(steps < lengths, lengths - 1 - steps, steps)
    at = at if time < batch else at.T
    at = at.reshape(at.shape + (1,) * (x.ndim - 2)).astype("int32")
    return ops.take_along_axis(x, np.broadcast_to(at, x.shape), axis=time)


# Attention


def _heads(x, count):
    """(batch, time, heads, size) of either of ONNX's layouts."""
    if x.ndim == 4:
        return ops.swapaxes(x, 1, 2)
    return ops.reshape(x, (*x.shape[:2], count, x.shape[2] // count))


@operator("Attention")
def _attention(a, q, k, v, mask=None, past_k=None, past_v=None, counts=None):
    flat = q.ndim == 3
    q = _heads(q, a.get("q_num_heads"))
    k, v = (_heads(one, a.get("kv_num_heads")) for one in (k, v))
    before = 0
    if past_k is not None:
        before = past_k.shape[2]
        k, v = (
            ops.concatenate([ops.swapaxes(old, 1, 2), new], axis=1)
            for old, new in ((past_k, k), (past_v, v))
        )
    present = [ops.swapaxes(one, 1, 2) for one in (k, v)]
    k, v = (ops.repeat(one, q.shape[2] // one.shape[2], axis=2) for one in (k, v))
    (batch, rows), columns = q.shape[:2], k.shape[1]
    allowed, bias = np.ones((batch, 1, rows, columns), bool), None
    if mask is not None:
        mask = ops.reshape(mask, (1,) * (4 - mask.ndim) + tuple(mask.shape))
        missing = columns - mask.shape[-1]
        if missing:
            allowed[..., mask.shape[-1] :] = False
            mask = ops.pad(mask, ((0, 0), (0, 0), (0, 0), (0, missing)))
        if mask.dtype == "bool":
            allowed = allowed & np.asarray(mask)
        else:
            bias = ops.broadcast_to(mask, (batch, q.shape[2], rows, columns))
    if counts is not None:
        allowed = allowed & (np.arange(columns) < np.asarray(counts)[:, None, None, None])
        before = np.asarray(counts)[:, None, None, None] - rows
    distance = np.arange(columns) - np.arange(rows)[:, None] - before
    left, right = a.get("left_window_size", -1), a.get("right_window_size", -1)
    right = 0 if a.get("is_causal") else right
    allowed = allowed & (distance >= -left if left >= 0 else True)
    allowed = allowed & (distance <= right if right >= 0 else True)
    if not allowed.any(-1).all():
        raise NoEquivalent("attribute: queries that may see no key, which Keras gives a mean")
    scale = a.get("scale", 1 / float(np.sqrt(q.shape[-1])))
    cap = a.get("softcap", 0.0)
    if cap:
        raise NoEquivalent("attribute: softcap, which Keras has for TPUs alone")
    y = ops.dot_product_attention(q, k, v, bias, allowed, scale)
    y = ops.reshape(y, (batch, rows, -1)) if flat else ops.swapaxes(y, 1, 2)
    if a["outputs"] < 4:
        return y, *present
    return y, *present, _scores(a, q, k, scale, cap, bias, allowed)


def _scores(a, q, k, scale, cap, bias, allowed):
    """The products of queries and keys, at the stage that is asked for."""
    mode = a.get("qk_matmul_output_mode", 0)
    scores = ops.einsum("bthd,bshd->bhts", q, k) * scale
    if mode >= 1 and cap:
        scores = cap * ops.tanh(scores / cap)
    if mode >= 2:
        scores = scores if bias is None else scores + bias
        scores = ops.where(allowed, scores, -np.inf)
    return ops.softmax(scores) if mode == 3 else scores


@operator("RotaryEmbedding")
def _rotary(a, x, cos, sin, places=None):
    shape = x.shape
    x = _heads(x, a.get("num_heads"))
    size = a.get("rotary_embedding_dim", 0) or x.shape[-1]
    turned, rest = x[..., :size], x[..., size:]
    cos, sin = (
        ops.expand_dims(one if places is None else ops.take(one, places, axis=0), 2)
        for one in (cos, sin)
    )
    if a.get("interleaved"):
        left, right = turned[..., ::2], turned[..., 1::2]
    else:
        left, right = ops.split(turned, 2, axis=-1)
    pair = [cos * left - sin * right, sin * left + cos * right]
    if a.get("interleaved"):
        turned = ops.reshape(ops.stack(pair, axis=-1), turned.shape)
    else:
        turned = ops.concatenate(pair, axis=-1)
    y = ops.concatenate([turned, rest], axis=-1)
    return ops.reshape(y, shape) if len(shape) == 3 else ops.swapaxes(y, 1, 2)


@operator("SwiGLU")
def _swiglu(a, x, gate):
    return ops.silu(a.get("alpha", 1.0) * x) / a.get("alpha", 1.0) * gate


@operator("TensorScatter")
def _write(a, cache, update, starts=None):
    axis = a.get("axis", -2) % cache.ndim - 1  # of one sequence of the batch
    starts = np.zeros(cache.shape[0], int) if starts is None else np.asarray(starts)
    rows = []
    for old, new, start in zip(ops.unstack(cache), ops.unstack(update), starts):
        at = (start + np.arange(new.shape[axis])) % old.shape[axis]
        old, new = ops.moveaxis(old, axis, 0), ops.moveaxis(new, axis, 0)
        rows.append(ops.moveaxis(ops.scatter_update(old, at[:, None], new), 0, axis))
    return ops.stack(rows)


# Signals


def _window(make):
    def run(a, size):
        count = int(size)
        if a.get("periodic", 1):
            return make(count + 1)[:-1]
        return make(count)

    return run


SEQUENCES["HannWindow"] = _window(ops.hanning)
SEQUENCES["BlackmanWindow"] = _window(ops.blackman)


@operator("HammingWindow")
def _hamming(a, size):
    raise NoEquivalent("attribute: 25/46 in place of Hamming's 0.54")


@operator("DFT")
def _dft(a, x, length=None, axis=None):
    axis = a.get("axis", 1) if axis is None else int(axis)
    axis = axis % (x.ndim - 1) if axis < 0 else axis
    x = ops.moveaxis(x, axis, -2)
    n = None if length is None else int(length)
    real = x[..., 0]
    inverse, onesided = a.get("inverse"), a.get("onesided")
    if n is not None and n != x.shape[-2]:
        raise NoEquivalent("attribute: another length than that of the signal")
    if onesided and inverse:
        # n / 2 + 1 frequencies: which of two lengths they are of is not said.
        y = [ops.irfft((real, x[..., 1]), n)]
    elif onesided:
        y = ops.rfft(real, n)
    else:
        imaginary = x[..., 1] if x.shape[-1] == 2 else ops.zeros_like(real)
        # The inverse is the transform with both parts exchanged, before and after.
        pair = (imaginary, real) if inverse else (real, imaginary)
        y = ops.fft(pair)
        y = [one / real.shape[-1] for one in y[::-1]] if inverse else y
    return ops.moveaxis(ops.stack(y, axis=-1), -2, axis)


@operator("STFT")
def _stft(a, x, step, window=None, length=None):
    length = int(length) if length is not None else window.shape[0]
    if not a.get("onesided", 1):
        raise NoEquivalent("attribute: both sides of the spectrum")
    y = ops.stft(x[..., 0], length, int(step), length, window, center=False)
    return ops.stack(y, axis=-1)
