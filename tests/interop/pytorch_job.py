"""What runs under PyTorch: `python -m tests.interop.pytorch_job write|check FOLDER`.

`write` saves state_dicts of modules with inputs and outputs, as `pytorch.npz` and
`linear.safetensors`; the tests read those of `tests/golden/interop`. `check` loads `NAME.npz` and
`NAME.safetensors` that minigrad wrote, strictly, and compares the outputs with those beside.
"""

import json
import sys

import numpy as np
import safetensors.torch
import torch
from torch import nn


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(y):
    return y.movedim(1, -1)


def first(y):
    return y[0]


class Stack(nn.Module):
    """Modules with names, one after the other."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x):
        for module in self.children():
            x = module(x)
            x = x[0][:, -1] if isinstance(x, tuple) else x
        return x


def around(module):
    return lambda x: channels_last(module(channels_first(x)))


def sequences(module):
    return lambda x: module(x)[0]


def attention(module):
    return lambda x: module(x, x, x, need_weights=False)[0]


def plain(module):
    return module


# name: (module, how it is called, shape of the inputs, channels last)
MODULES = {
    "linear": (nn.Linear(3, 4), plain, (2, 3)),
    "linear without a bias": (nn.Linear(3, 4, bias=False), plain, (2, 3)),
    "conv1d": (nn.Conv1d(2, 4, 3, padding="same"), around, (2, 6, 2)),
    "conv2d": (nn.Conv2d(2, 4, (3, 2), stride=2), around, (2, 7, 6, 2)),
    "conv2d in groups": (nn.Conv2d(4, 6, 3, groups=2), around, (2, 5, 5, 4)),
    "conv3d": (nn.Conv3d(1, 3, 2), around, (2, 4, 4, 4, 1)),
    "conv2d transposed": (nn.ConvTranspose2d(2, 3, 3, stride=2), around, (2, 4, 4, 2)),
    "conv2d by channel": (nn.Conv2d(3, 6, 3, groups=3), around, (2, 5, 5, 3)),
    "lstm": (nn.LSTM(3, 4, batch_first=True), sequences, (2, 5, 3)),
    "lstm of two layers": (nn.LSTM(3, 4, 2, batch_first=True), sequences, (2, 5, 3)),
    "lstm both ways": (nn.LSTM(3, 4, bidirectional=True, batch_first=True), sequences, (2, 5, 3)),
    "gru": (nn.GRU(3, 4, batch_first=True), sequences, (2, 5, 3)),
    "rnn": (nn.RNN(3, 4, batch_first=True), sequences, (2, 5, 3)),
    "attention": (nn.MultiheadAttention(6, 2, batch_first=True), attention, (2, 4, 6)),
    "attention without biases": (
        nn.MultiheadAttention(6, 3, bias=False, batch_first=True),
        attention,
        (2, 4, 6),
    ),
    "layer normalization": (nn.LayerNorm(5), plain, (2, 5)),
    "group normalization": (nn.GroupNorm(2, 4), around, (2, 3, 4)),
    "rms normalization": (nn.RMSNorm(5, eps=1e-6), plain, (2, 5)),
    "batch normalization": (nn.BatchNorm1d(3), plain, (4, 3)),
    "several modules": (
        Stack(inner=nn.Sequential(nn.Linear(3, 5), nn.Tanh()), rnn=nn.LSTM(5, 4, batch_first=True),
              head=nn.Linear(4, 2)),
        plain,
        (2, 5, 3),
    ),
}  # fmt: skip


def write(folder):
    torch.manual_seed(0)
    arrays = {}
    for name, (module, call, shape) in MODULES.items():
        for value in module.state_dict().values():
            if value.is_floating_point():  # no zeros and ones, which show no mistake
                value.uniform_(0.1, 0.9) if value.ndim == 1 else value.normal_(std=0.5)
        module.eval()
        x = torch.randn(shape)
        with torch.no_grad():
            y = call(module)(x)
        arrays |= {f"{name}/x": x.numpy(), f"{name}/y": y.numpy()}
        arrays |= {f"{name}/state/{key}": v.numpy() for key, v in module.state_dict().items()}
    np.savez_compressed(f"{folder}/pytorch.npz", **arrays)
    linear = MODULES["linear"][0].state_dict()
    safetensors.torch.save_file(linear, f"{folder}/linear.safetensors")


def check(folder):
    found = {}
    for name, (module, call, _) in MODULES.items():
        with np.load(f"{folder}/{name}.npz", allow_pickle=False) as file:
            states = [{key: torch.tensor(file[key]) for key in file.files}]
        states.append(safetensors.torch.load_file(f"{folder}/{name}.safetensors"))
        found[name] = 0.0
        for state in states:
            module.load_state_dict(state)
            module.eval()
            with np.load(f"{folder}/{name}.values.npz") as values, torch.no_grad():
                y = call(module)(torch.tensor(values["x"])).numpy()
                found[name] = max(found[name], float(np.abs(y - values["y"]).max()))
    print(json.dumps(found))


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
