"""KerasFileEditor: look into a file of weights, change it, and write it again."""

import io
import json
import os

import h5py

from minigrad.messages import print_msg
from minigrad.saving import archive
from minigrad.saving.files import write_bytes
from minigrad.saving.stores import H5Writer, child, damage_is_a_value_error, read_dataset
from minigrad.saving.walk import save_state


class KerasFileEditor:
    """The weights of a `.keras` or `.weights.h5` file as a tree that can be changed.

    For a model whose layers have changed since its weights were saved: compare the file with the
    model, rename, add and delete until they agree, and save.

    Attributes:
        weights_dict: Nested dicts; the arrays in them have names like "0".
        config, metadata: Of a `.keras` file, as dicts; else None.

    Args:
        filepath: Path of the file.

    Raises:
        ValueError: another ending; a file that is damaged or could do harm.

    >>> import os, tempfile, minigrad as mg
    >>> model = mg.Sequential([mg.Input((2,)), mg.layers.Dense(3, name="dense")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.weights.h5")
    ...     model.save_weights(path)
    ...     editor = mg.saving.KerasFileEditor(path)
    ...     editor.rename_object("dense", "dense_1")
    ...     editor.weights_dict["layers"]["dense_1"]["0"].shape
    Keras model file '...model.weights.h5'
    (2, 3)
    """

    def __init__(self, filepath):
        filepath = os.fspath(filepath)
        self.filepath = filepath
        self.config = self.metadata = None
        if filepath.endswith(".keras"):
            weights, config, metadata = archive.read_parts(filepath)
            self.config, self.metadata = json.loads(config), json.loads(metadata)
            source = io.BytesIO(weights)
        elif filepath.endswith(".weights.h5"):
            source = filepath
        else:
            raise ValueError(
                "Invalid filename: expected a `.keras` `.weights.h5` extension. "
                f"Received: filepath={filepath}"
            )
        self.weights_dict = _read_tree(source)
        print_msg(f"Keras model file '{filepath}'")
        if self.metadata is not None:
            version, date = (self.metadata.get(key) for key in ("keras_version", "date_saved"))
            print_msg(f"Saved with Keras {version} - date: {date}")

    # Looking

    def summary(self):
        """Print the tree: objects, and the shapes and dtypes of their weights."""
        print_msg("Weights structure")
        self._print(self.weights_dict, "  ")

    def _print(self, tree, indent):
        for name, value in tree.items():
            if isinstance(value, dict):
                print_msg(f"{indent}{name}")
                self._print(value, indent + "  ")
            else:
                shape, dtype = getattr(value, "shape", ()), getattr(value, "dtype", type(value))
                print_msg(f"{indent}{name}: shape={shape}, dtype={dtype}")

    def compare(self, reference_model):
        """Print where the file and a model differ.

        Returns:
            A dict of "status" ("success" or "error"), "error_count" and "match_count".
        """
        writer = H5Writer()
        save_state(reference_model, weights=writer)
        expected = _read_tree(io.BytesIO(writer.getbuffer()))
        mistakes, matches = _compared(self.weights_dict, expected, "")
        for mistake in mistakes:
            print_msg(mistake)
        if mistakes:
            print_msg(f"Found {len(mistakes)} error(s): the file does not fit the reference model")
        else:
            print_msg(f"The file fits the reference model: {matches} matching weight(s)")
        return {
            "status": "error" if mistakes else "success",
            "error_count": len(mistakes),
            "match_count": matches,
        }

    # Changing

    def rename_object(self, object_name, new_name):
        """Give an object, such as a layer, another name.

        Args:
            object_name: Name, or path like "layers/dense".
            new_name: Name, without a path.
        """
        if "/" in new_name:
            raise ValueError(
                "Argument `new_name` should be a leaf name, not a full path name. "
                f"Received: new_name='{new_name}'"
            )
        parent, name = self._find(object_name)
        # At its old place, for the order is that of the file.
        renamed = {new_name if key == name else key: value for key, value in parent.items()}
        parent.clear()
        parent.update(renamed)

    def delete_object(self, object_name):
        """Take an object out, with all that is below it.

        Args:
            object_name: Name, or path like "layers/dense".
        """
        parent, name = self._find(object_name)
        del parent[name]

    def add_object(self, object_path, weights):
        """Put an object in.

        Args:
            object_path: Its path, like "layers/dense_2"; what is above it must be there.
            weights: Arrays by their names: `{"0": kernel, "1": bias}`.
        """
        _check_weights(weights)
        *above, name = object_path.split("/")
        place = self.weights_dict
        for key in above:
            if not isinstance(place.get(key), dict):
                raise ValueError(f"Path '{'/'.join(above)}' not found in model.")
            place = place[key]
        place[name] = dict(weights)

    def delete_weight(self, object_name, weight_name):
        """Take a weight out of an object.

        Args:
            object_name: Name, or path like "layers/dense".
            weight_name: As "0".
        """
        parent, name = self._find(object_name)
        if weight_name not in parent[name]:
            raise ValueError(
                f"Weight {weight_name} not found in object {object_name}. Weights found: "
                f"{list(parent[name])}"
            )
        del parent[name][weight_name]

    def add_weights(self, object_name, weights):
        """Put weights into an object, or replace them.

        Args:
            object_name: Name, or path like "layers/dense".
            weights: Arrays by their names: `{"0": kernel, "1": bias}`.
        """
        _check_weights(weights)
        parent, name = self._find(object_name)
        parent[name].update(weights)

    def _find(self, name):
        """The dict in which an object is, and its name there."""
        if "/" in name:
            *above, last = name.split("/")
            place = self.weights_dict
            for key in above:
                place = place.get(key) if isinstance(place, dict) else None
            if not isinstance(place, dict) or last not in place:
                raise ValueError(f"Path '{name}' not found in model.")
            return place, last
        found, todo = [], [self.weights_dict]
        while todo:
            place = todo.pop()
            found += [place] * (name in place)
            todo += [value for value in place.values() if isinstance(value, dict)]
        if len(found) > 1:
            raise ValueError(
                f"Name '{name}' occurs more than once in the model; try passing a complete path"
            )
        if not found:
            raise ValueError(
                f"Source name '{name}' does not appear in the model. Use `editor.summary()` to "
                "list all objects."
            )
        return found[0], name

    # Writing

    def save(self, filepath):
        """Write the weights to a `.weights.h5` file."""
        filepath = os.fspath(filepath)
        if not filepath.endswith(".weights.h5"):
            raise ValueError(
                "Invalid `filepath` argument: expected a `.weights.h5` extension. "
                f"Received: filepath={filepath}"
            )
        writer = H5Writer()

        def put(tree, path):
            arrays = {name: one for name, one in tree.items() if not isinstance(one, dict)}
            writer.put(path, arrays, None if not arrays else path.rpartition("/")[2])
            for name, one in tree.items():
                if isinstance(one, dict):
                    put(one, f"{path}/{name}" if path else name)

        put(self.weights_dict, "")
        write_bytes(filepath, writer.getbuffer())

    def resave_weights(self, filepath):
        """The same as `save`."""
        self.save(filepath)


def _check_weights(weights):
    if not isinstance(weights, dict):
        raise ValueError(
            "Argument `weights` should be a dict where keys are weight names (usually '0', '1', "
            f"etc.) and values are NumPy arrays. Received: type(weights)={type(weights)}"
        )


def _read_tree(source):
    """The arrays of an HDF5 file as nested dicts; what is below "vars" belongs to the object."""
    with damage_is_a_value_error(), h5py.File(source, "r") as file:
        return _tree_of(file)


def _tree_of(group):
    tree = {}
    for name in group:
        found = child(group, name, h5py.Group | h5py.Dataset)
        if isinstance(found, h5py.Dataset):
            tree[name] = read_dataset(group, name)
            continue
        below = _tree_of(found)
        if name == "vars":
            tree = below | tree
        elif below:
            tree[name] = below
    return tree


def _compared(file, model, path):
    """Mistakes in words, and how many weights have the same shape."""
    mistakes, matches = [], 0
    for name in [*model, *(name for name in file if name not in model)]:
        inner = f"{path}/{name}"
        if name not in file or name not in model:
            there, lacks = ("reference model", "file") if name in model else ("file", "model")
            mistakes.append(f"...{inner} is present in the {there}, missing from the {lacks}")
            continue
        a, b = file[name], model[name]
        if isinstance(a, dict) and isinstance(b, dict):
            more, equal = _compared(a, b, inner)
            mistakes += more
            matches += equal
        elif getattr(a, "shape", None) == getattr(b, "shape", None) is not None:
            matches += 1
        else:
            shapes = [getattr(x, "shape", "an object") for x in (b, a)]
            mistakes.append(f"...shape mismatch for {inner}: model {shapes[0]}, file {shapes[1]}")
    return mistakes, matches
