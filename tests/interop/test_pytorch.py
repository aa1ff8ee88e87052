"""Weights go to PyTorch's state_dicts and back, and compute the same there and here.

`tests/golden/interop/pytorch.npz` and `linear.safetensors` were written by PyTorch 2.13, by
`python -m tests.interop.pytorch_job write tests/golden/interop`. With MINIGRAD_PYTORCH_PYTHON, the
path of a Python that has PyTorch and safetensors, both ways are gone there, see `job.py`.
"""

import os
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers
from minigrad.saving import load_state_dict, save_state_dict, state_dict
from minigrad.saving.arrays import read_arrays, write_arrays
from tests.interop import job
from tests.interop.pytorch_models import MODELS, several

GOLDEN = Path(__file__).parents[1] / "golden" / "interop"


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN / "pytorch.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def state_of(golden, name):
    prefix = f"{name}/state/"
    return {k.removeprefix(prefix): v for k, v in golden.items() if k.startswith(prefix)}


@pytest.mark.parametrize("name", MODELS)
def test_weights_of_pytorch_compute_here_what_they_compute_there(golden, name):
    model, names = MODELS[name]()
    load_state_dict(model, state_of(golden, name), names)
    y = np.asarray(model(golden[f"{name}/x"]))
    np.testing.assert_allclose(y, golden[f"{name}/y"], atol=2e-6, rtol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_a_state_dict_has_the_names_and_the_layout_of_pytorch(golden, name):
    model, names = MODELS[name]()
    given = state_of(golden, name)
    load_state_dict(model, given, names)
    made = state_dict(model, names)
    assert {k: (v.shape, v.dtype) for k, v in made.items()} == {
        k: (v.shape, v.dtype) for k, v in given.items()
    }
    biases = [k.rpartition("bias_")[2][3:] for k in given if "bias_hh" in k]
    for key, value in given.items():
        if biases and name != "gru" and "bias" in key and "_l" in key:
            continue  # two biases come back as their sum
        np.testing.assert_array_equal(made[key], value)
    for key in made:
        if "bias_ih" in key and name != "gru":
            other = key.replace("_ih", "_hh")
            np.testing.assert_array_equal(made[key] + made[other], given[key] + given[other])


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
def test_a_state_dict_goes_through_a_file(tmp_path, ending):
    if ending == "safetensors":
        pytest.importorskip("safetensors")
    model, _ = several()
    save_state_dict(model, tmp_path / f"m.{ending}")
    other, _ = several()
    load_state_dict(other, tmp_path / f"m.{ending}")
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert list(state_dict(model)) == [
        *("inner.0.weight", "inner.0.bias"),
        *(f"rnn.{kind}_l0" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")),
        *("head.weight", "head.bias"),
    ]


def test_a_file_of_safetensors_by_pytorch_is_read(golden):
    pytest.importorskip("safetensors")
    model, names = MODELS["linear"]()
    load_state_dict(model, GOLDEN / "linear.safetensors", names)
    expected = state_of(golden, "linear")
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), expected["weight"].T)


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "int64", "bool"])
def test_arrays_keep_their_dtype(tmp_path, ending, dtype):
    if ending == "safetensors":
        pytest.importorskip("safetensors")
    array = mg.ops.cast(mg.ops.convert_to_tensor([[0.0, 1.5], [2.0, -3.0]]), dtype).numpy()
    write_arrays(tmp_path / f"a.{ending}", {"a/b": array})
    (found,) = read_arrays(tmp_path / f"a.{ending}").values()
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_a_dtype_that_a_file_cannot_hold_is_an_error_before_anything_is_written(tmp_path):
    array = np.array([1j], "complex128")
    write_arrays(tmp_path / "a.npz", {"a": array})
    assert read_arrays(tmp_path / "a.npz")["a"].tolist() == [1j]
    pytest.importorskip("safetensors")
    with pytest.raises(
        ValueError, match=r"cannot be kept as safetensors; use `.npz`: .*complex128"
    ):
        write_arrays(tmp_path / "a.safetensors", {"a": array})
    assert not (tmp_path / "a.safetensors").exists()


def test_what_does_not_fit_is_named_and_changes_nothing(golden):
    model, names = MODELS["linear"]()
    before = model.get_weights()
    state = state_of(golden, "linear")
    for given, message in (
        ({"weight": state["weight"]}, r"missing \['bias'\]"),
        ({**state, "more": state["bias"]}, r"unexpected \['more'\]"),
        ({**state, "weight": state["weight"].T}, "expected shapes"),
        ({**state, "bias": state["bias"][:2]}, "expected shapes"),
    ):
        with pytest.raises(ValueError, match=message):
            load_state_dict(model, given, names)
    load_state_dict(model, {**state, "more": state["bias"]}, names, strict=False)
    model.set_weights(before)
    for mine, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: layers.GRU(2, reset_after=False), "reset_after=True"),
        (lambda: layers.BatchNormalization(scale=False), "a weight and a bias or neither"),
        (lambda: layers.PReLU(), "layout of the weights of PReLU is not known"),
    ],
)
def test_what_pytorch_does_not_have_is_refused(layer, message):
    model = mg.Sequential([mg.Input((4, 3)), layer()])
    with pytest.raises(ValueError, match=message):
        state_dict(model)


def test_attention_of_another_width_is_refused():
    x = mg.Input((4, 6))
    model = mg.Model(x, layers.MultiHeadAttention(2, 5)(x, x))
    with pytest.raises(ValueError, match="num_heads \\* key_dim"):
        state_dict(model)


def test_layers_of_one_name_are_told_apart():
    model = mg.Sequential([mg.Input((3,)), layers.Dense(3, name="a"), layers.Dense(3, name="b")])
    with pytest.raises(ValueError, match="Two layers have the name"):
        state_dict(model, {"a": "x", "b": "x"})


def test_the_table_of_the_documentation_has_all_modules():
    rows = job.written_rows(job.PYTORCH_BEGIN)
    assert [name for name, *_ in rows] == list(MODELS)
    assert all(float(cell) < 2e-6 for _, *cells in rows for cell in cells)


@pytest.mark.slow
def test_weights_go_to_pytorch_and_back(tmp_path):
    """With MINIGRAD_PYTORCH_PYTHON, or a Python with Keras that has PyTorch and safetensors."""
    named = ("MINIGRAD_PYTORCH_PYTHON", "MINIGRAD_KERAS_PYTHON")
    python = next(filter(None, map(os.environ.get, named)), None)
    if not python or not job.has_pytorch(python):
        pytest.skip("MINIGRAD_PYTORCH_PYTHON names no Python that has PyTorch and safetensors")
    pytest.importorskip("safetensors")
    found = job.run_pytorch(python, tmp_path)
    assert set(found) == set(MODELS)
    assert max(max(differences) for differences in found.values()) < 2e-6
