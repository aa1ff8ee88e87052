"""Files of weights, looked into and changed."""

import h5py
import numpy as np
import pytest

import minigrad as mg
from minigrad.saving import KerasFileEditor


def model_of(*names):
    layers = [mg.layers.Dense(3, name=name) for name in names]
    return mg.Sequential([mg.Input((3,)), *layers])


@pytest.fixture(params=["model.keras", "model.weights.h5"])
def path(request, tmp_path):
    model = model_of("first", "last")
    path = str(tmp_path / request.param)
    (model.save if path.endswith(".keras") else model.save_weights)(path)
    return path


def test_a_file_is_made_to_fit_another_model(path, tmp_path, capsys):
    editor = KerasFileEditor(path)
    assert list(editor.weights_dict["layers"]) == ["dense", "dense_1"]
    assert editor.compare(model_of("a", "b")) == {
        "status": "success", "error_count": 0, "match_count": 4,
    }  # fmt: skip
    target = model_of("first", "new", "last")
    result = editor.compare(target)
    assert (result["status"], result["error_count"]) == ("error", 1)
    editor.add_object("layers/between", {"0": np.eye(3)})
    assert editor.compare(target)["error_count"] == 2
    editor.rename_object("dense_1", "dense_2")
    editor.rename_object("layers/between", "dense_1")
    assert editor.compare(target)["error_count"] == 1  # its bias
    editor.add_weights("dense_1", {"1": np.ones(2)})
    assert editor.compare(target)["error_count"] == 1  # a bias of another shape
    editor.add_weights("dense_1", {"1": np.ones(3)})
    assert editor.compare(target)["status"] == "success"
    editor.save(tmp_path / "edited.weights.h5")
    target.load_weights(tmp_path / "edited.weights.h5")
    assert target.layers[1].kernel.numpy().tolist() == np.eye(3).tolist()
    again = KerasFileEditor(tmp_path / "edited.weights.h5")
    assert again.compare(target)["status"] == "success"
    capsys.readouterr()
    again.summary()
    assert "    dense_1\n      0: shape=(3, 3), dtype=float64\n" in capsys.readouterr().out
    again.delete_weight("dense_1", "1")
    again.delete_object("layers/dense_2")
    assert again.compare(target)["error_count"] == 2


def test_a_keras_file_has_a_config(tmp_path):
    model_of("only").save(tmp_path / "model.keras")
    editor = KerasFileEditor(tmp_path / "model.keras")
    assert editor.config["class_name"] == "Sequential" and "keras_version" in editor.metadata


def test_layers_inside_layers_and_optimizers_are_there(tmp_path):
    model = mg.Sequential([mg.Input((4, 2)), mg.layers.Bidirectional(mg.layers.LSTM(2))])
    model.compile("adam", "mse")
    model.fit(np.ones((1, 4, 2)), np.ones((1, 4)), verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    editor = KerasFileEditor(tmp_path / "model.weights.h5")
    assert editor.compare(model)["status"] == "success"
    assert len(mg.tree.flatten(editor.weights_dict)) == len(model.variables) + len(
        model.optimizer.variables
    )


def test_names_that_are_not_there_or_there_twice_are_told(path):
    editor = KerasFileEditor(path)
    for call, message in (
        (lambda: editor.delete_object("nothing"), "does not appear"),
        (lambda: editor.delete_object("0"), "more than once"),
        (lambda: editor.delete_object("layers/nothing"), "Path 'layers/nothing' not found"),
        (lambda: editor.add_object("nothing/x", {}), "Path 'nothing' not found"),
        (lambda: editor.add_object("layers/x", [1]), "should be a dict"),
        (lambda: editor.rename_object("dense", "a/b"), "leaf name"),
        (lambda: editor.delete_weight("dense", "7"), "Weight 7 not found"),
        (lambda: editor.save("x.h5"), r"\.weights\.h5"),
        (lambda: KerasFileEditor("x.h5"), "Invalid filename"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("link", ["ExternalLink", "SoftLink"])
def test_no_link_is_followed(link, tmp_path):
    with h5py.File(tmp_path / "bad.weights.h5", "w") as file:
        arguments = ("/etc/passwd", "/") if link == "ExternalLink" else ("/elsewhere",)
        file["layers"] = getattr(h5py, link)(*arguments)
    with pytest.raises(ValueError, match=link):
        KerasFileEditor(tmp_path / "bad.weights.h5")
