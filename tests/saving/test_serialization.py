"""Objects to Keras's configs and back, and what a config cannot make minigrad do."""

import json
import sys
import types

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, saving, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor
from minigrad.saving import registry, scopes, serialization
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


@pytest.fixture(autouse=True)
def restore(monkeypatch):
    monkeypatch.setattr(registry, "GLOBAL_CUSTOM_OBJECTS", {})
    monkeypatch.setattr(registry, "GLOBAL_CUSTOM_NAMES", {})
    yield
    settings.reset_session()


class Box:
    """A user's class, with all that a layer has to say about itself."""

    built = compiled = False

    def __init__(self, content=None, size=1):
        self.content, self.size = content, size

    def get_config(self):
        return {"content": self.content, "size": self.size}

    @classmethod
    def from_config(cls, config):
        return cls(deserialize_keras_object(config["content"]), config["size"])


class BuiltBox(Box):
    def get_build_config(self):
        return {"input_shape": (None, 2)}

    def build_from_config(self, config):
        self.shape = config["input_shape"]

    def get_compile_config(self):
        return {"loss": custom_function}

    def compile_from_config(self, config):
        self.loss = deserialize_keras_object(config["loss"])


def custom_function(x):
    return x**2


CUSTOM = {"Box": Box, "BuiltBox": BuiltBox, "custom_function": custom_function}


def through_json(obj, **kwargs):
    text = json.dumps(serialize_keras_object(obj))
    return deserialize_keras_object(json.loads(text), **kwargs)


@pytest.mark.parametrize(
    ("value", "again"),
    [
        (None, None),
        (True, True),
        ("hello", "hello"),
        (2.5, 2.5),
        (b"bytes", b"bytes"),
        (..., ...),
        (slice(None, 20, 1), slice(None, 20, 1)),
        ((1, (2, None)), [1, [2, None]]),
        ({"a": [1, {"b": b"c"}]}, {"a": [1, {"b": b"c"}]}),
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        (np.array(3), 3),
        (np.dtype("float16"), "float16"),
    ],
)
def test_plain_values_survive_json(value, again):
    result = through_json(value)
    assert result == again
    assert type(result) is type(again)


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", "float64"])
@pytest.mark.parametrize("wrap", [np.asarray, Tensor])
def test_arrays_and_tensors_survive_json(wrap, dtype):
    given = np.array([[1, 0], [1, 1]], dtype)
    result = through_json({"x": wrap(given)})["x"]
    assert type(result) is type(wrap(given))
    assert result.dtype == dtype
    np.testing.assert_array_equal(np.asarray(result), given)


def test_symbolic_tensors_survive_json():
    result = through_json(KerasTensor((None, 3), "int32"))
    assert isinstance(result, KerasTensor)
    assert (result.shape, result.dtype) == ((None, 3), "int32")


def test_a_slice_of_an_array_survives_json():
    result = through_json(slice(None, np.array([0, 1]), 1))
    np.testing.assert_array_equal(result.stop, [0, 1])


def test_a_custom_object_has_the_config_of_keras():
    config = serialize_keras_object(Box(size=3))
    assert config == {
        "module": __name__,
        "class_name": "Box",
        "config": {"content": None, "size": 3},
        "registered_name": "Box",
    }
    registry.register_keras_serializable("shop")(Box)
    assert serialize_keras_object(Box())["registered_name"] == "shop>Box"


def test_a_class_of_the_main_program_has_no_module(monkeypatch):
    monkeypatch.setattr(Box, "__module__", "__main__")
    assert serialize_keras_object(Box())["module"] is None


def test_a_function_is_written_by_name():
    assert serialize_keras_object(custom_function) == {
        "module": "builtins",
        "class_name": "function",
        "config": "custom_function",
        "registered_name": "function",
    }


def test_nested_custom_objects_come_back():
    again = through_json(Box(Box(custom_function, 2), 3), custom_objects=CUSTOM)
    assert (again.size, again.content.size, again.content.content) == (3, 2, custom_function)


def test_registered_objects_come_back_without_help():
    registry.register_keras_serializable("shop")(Box)
    registry.register_keras_serializable("shop")(custom_function)
    assert through_json(Box(custom_function)).content is custom_function


def test_a_scope_names_custom_objects_too():
    with registry.CustomObjectScope(CUSTOM):
        assert through_json(Box(Box(size=5))).content.size == 5


def test_building_and_compiling_are_repeated():
    again = through_json(BuiltBox(), custom_objects=CUSTOM)
    assert again.built
    assert again.compiled
    assert again.shape == [None, 2]
    assert again.loss is custom_function


def test_functions_saved_by_keras_3_6_are_found_by_the_last_part_of_their_name():
    registry.register_keras_serializable("shop")(custom_function)
    for name in ("custom_function", "shop>custom_function"):
        config = serialize_keras_object(custom_function) | {"config": name}
        assert deserialize_keras_object(config) is custom_function


def test_sharing_makes_an_object_once():
    shared = Box(size=7)
    with scopes.ObjectSharingScope():
        config = serialize_keras_object([Box(shared), Box(shared)])
        first, second = deserialize_keras_object(config, custom_objects=CUSTOM)
    assert first.content is second.content
    assert config[0]["config"]["content"]["shared_object_id"] == id(shared)
    without = deserialize_keras_object(config, custom_objects=CUSTOM)
    assert without[0].content is not without[1].content


@pytest.mark.parametrize("direct_first", [True, False])
def test_a_layer_that_is_also_inside_of_another_is_one_layer_when_loaded(tmp_path, direct_first):
    dense = layers.Dense(1)
    calls = {dense: mg.Input((2,)), layers.TimeDistributed(dense): mg.Input((3, 2))}
    order = list(calls) if direct_first else list(calls)[::-1]
    model = mg.Model([calls[one] for one in order], [one(calls[one]) for one in order])
    model.save(tmp_path / "m.keras")
    loaded = mg.models.load_model(tmp_path / "m.keras")
    plain, wrapper = loaded.layers[2:] if direct_first else loaded.layers[:1:-1]
    assert wrapper.layer is plain
    np.testing.assert_array_equal(plain.kernel, dense.kernel)


class Net(mg.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(1)

    def call(self, x):
        return self.inner(x)


@pytest.mark.filterwarnings("ignore:.*HDF5:UserWarning")
@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_subclassed_model_in_a_functional_one_is_loaded(tmp_path, name):
    x = mg.Input((2,))
    model = mg.Model(x, Net()(x))
    model.save(tmp_path / name)
    loaded = mg.models.load_model(tmp_path / name, custom_objects={"Net": Net})
    ones = np.ones((1, 2), "float32")
    np.testing.assert_array_equal(loaded(ones), model(ones))


def lambda_config():
    with pytest.warns(UserWarning, match="includes a `lambda`"):
        return json.loads(json.dumps(serialize_keras_object(lambda x, n=3: x + n)))


def test_a_lambda_is_refused_unless_the_caller_trusts_the_file():
    config = lambda_config()
    with pytest.raises(ValueError, match="arbitrary code execution"):
        deserialize_keras_object(config)
    assert deserialize_keras_object(config, safe_mode=False)(1) == 4


def test_the_safe_mode_of_a_scope_rules_all_nested_reading():
    config = serialize_keras_object(Box()) | {"config": {"content": lambda_config(), "size": 1}}
    with saving.SafeModeScope(True), pytest.raises(ValueError, match="arbitrary code"):
        deserialize_keras_object(config, custom_objects=CUSTOM, safe_mode=False)
    with saving.SafeModeScope(False):
        assert deserialize_keras_object(config, custom_objects=CUSTOM).content(1) == 4
    assert deserialize_keras_object(config, CUSTOM, safe_mode=False).content(1) == 4
    assert scopes.in_safe_mode() is None


def test_unsafe_reading_can_be_enabled_for_good():
    config = lambda_config()
    settings.enable_unsafe_deserialization()
    assert scopes.in_safe_mode() is False
    assert deserialize_keras_object(config)(1) == 4
    with saving.SafeModeScope(True), pytest.raises(ValueError, match="arbitrary code"):
        deserialize_keras_object(config)


@pytest.mark.parametrize("bad", [object(), Box, set()])
def test_what_has_no_config_is_refused(bad):
    with pytest.raises(TypeError, match=r"must implement the `get_config\(\)` method.*Received: "):
        serialize_keras_object(bad)


def test_get_config_returns_a_dict():
    class Wrong(Box):
        def get_config(self):
            return [1]

    with pytest.raises(TypeError, match=r"should return a dict. Received: \[1\]"):
        serialize_keras_object(Wrong())


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ({"class_name": "Box", "config": [1]}, TypeError, "Expected 'config' to be a dict"),
        ({"class_name": "function", "config": [1]}, TypeError, "to be a non-null str"),
        ({"class_name": "__typespec__", "config": "x"}, TypeError, "to be a list or a tuple"),
        ({"class_name": "__typespec__", "config": []}, ValueError, "TensorFlow"),
        ({"class_name": "Nope", "config": {}}, TypeError, "Could not locate class 'Nope'"),
        ({"class_name": "Nope", "config": {}, "module": None}, TypeError, "Could not locate class"),
        ({"class_name": "function", "config": "f"}, TypeError, "Could not locate function 'f'"),
        ({1: object()}, TypeError, "Could not parse config"),
    ],
)
def test_configs_that_make_no_sense_are_refused(config, error, message):
    with pytest.raises(error, match=message) as caught:
        deserialize_keras_object(config)
    assert "Received: " in str(caught.value)


def test_a_constructor_that_does_not_take_the_config_is_named():
    class Picky(Box):
        @classmethod
        def from_config(cls, config):
            return cls(**config, color="red")

    config = serialize_keras_object(Picky())
    with pytest.raises(TypeError, match=r"Picky.*could not be deserialized properly"):
        deserialize_keras_object(config, custom_objects={"Picky": Picky})


def test_a_class_without_from_config_cannot_be_made():
    bare = type("Bare", (), {"get_config": lambda self: {}})
    with pytest.raises(TypeError, match="missing a `from_config"):
        deserialize_keras_object({"class_name": "Bare", "config": {}}, {"Bare": bare})


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("numpy", "load"),
        ("minigrad.saving.lambdas", "func_load"),
        ("keras.src.saving.lambdas", "func_load"),
        ("keras.src.utils.python_utils", "func_load"),
        ("keras", "os"),
        ("keras.ops", "np"),
        ("keras.ops", "__builtins__"),
        ("keras.datasets.mnist", "load_data"),
        ("builtins", "__getattr__"),
        ("builtins", "__import__"),
        ("evil_package_that_is_nowhere", "Layer"),
    ],
)
@pytest.mark.parametrize("kind", ["function", "class"])
def test_a_file_reaches_nothing_but_the_parts_of_models(module, name, kind):
    is_function = kind == "function"
    config = {
        "module": module,
        "class_name": "function" if is_function else name,
        "config": name if is_function else {},
    }
    before = set(sys.modules)
    with pytest.raises(TypeError, match=f"Could not locate {kind} '{name}'"):
        deserialize_keras_object(config, safe_mode=False)
    imported = {name for name in set(sys.modules) - before if not name.startswith("minigrad")}
    assert imported == set()


@pytest.mark.parametrize(
    ("module", "name"),
    [("keras.saving", "deserialize_keras_object"), ("keras.saving", "register_keras_serializable")],
)
def test_public_functions_that_are_not_parts_of_models_are_refused_by_name(module, name):
    with pytest.raises(ValueError, match="not a modeling function"):
        deserialize_keras_object({"module": module, "class_name": name, "config": {}})


class Fake(Box):
    """Stands for a layer of minigrad."""

    __module__ = "minigrad.layers.core.fake"


class Private(Box):
    __module__ = "minigrad.layers.core.fake"


def builtin_activation(x):
    return x


builtin_activation.__module__ = "minigrad.activations"


@pytest.fixture
def namespaces(monkeypatch):
    """A package with one public layer, one private one, and one activation."""
    layers, home = (
        types.ModuleType("minigrad.layers"),
        types.ModuleType("minigrad.layers.core.fake"),
    )
    layers.Fake, home.Private = Fake, Private
    layers.helper = json.dumps
    activations = types.ModuleType("minigrad.activations")
    activations.builtin_activation = builtin_activation
    for module in (layers, home, activations):
        monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.usefixtures("namespaces")
def test_our_classes_have_the_public_names_of_keras():
    assert serialize_keras_object(Fake(size=2)) == {
        "module": "keras.layers",
        "class_name": "Fake",
        "config": {"content": None, "size": 2},
        "registered_name": None,
    }
    assert serialize_keras_object(Private())["module"] == "keras.src.layers.core.fake"


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("module", ["keras.layers", "keras.src.layers.core.x", "minigrad.layers"])
def test_our_classes_are_found_by_their_public_names(module):
    config = {"module": module, "class_name": "Fake", "config": {"content": None, "size": 2}}
    assert type(deserialize_keras_object(config)) is Fake


@pytest.mark.usefixtures("namespaces")
def test_our_private_classes_survive_json():
    assert type(through_json(Private())) is Private


@pytest.mark.usefixtures("namespaces")
def test_a_function_in_a_namespace_of_classes_is_refused():
    with pytest.raises(ValueError, match="not a modeling function"):
        deserialize_keras_object(
            {"module": "keras.layers", "class_name": "function", "config": "helper"}
        )


@pytest.mark.usefixtures("namespaces")
def test_built_in_functions_are_found_without_a_module():
    assert through_json(builtin_activation) is builtin_activation


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("name", ["builtins.eval", "my_pkg>Fake"])
def test_a_built_in_has_no_other_registered_name(name):
    config = serialize_keras_object(Fake())
    with pytest.raises(ValueError, match="resolved to a Keras built-in"):
        deserialize_keras_object(config | {"registered_name": name})
    with pytest.raises(ValueError, match="resolved to a Keras built-in"):
        deserialize_keras_object(
            serialize_keras_object(builtin_activation) | {"registered_name": name}
        )


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("name", ["", "Fake", None])
def test_a_harmless_registered_name_passes(name):
    config = serialize_keras_object(Fake())
    assert type(deserialize_keras_object(config | {"registered_name": name})) is Fake


MODULE_OBJECTS = {"box": Box, "Box": Box, "square": custom_function}


@pytest.mark.parametrize(
    ("short", "check"),
    [
        ("square", lambda got: got is custom_function),
        ("unknown", lambda got: got == "unknown"),
        ({"class_name": "Box", "config": {"content": None, "size": 4}}, lambda got: got.size == 4),
        (
            {"class_name": "function", "config": "square", "module": "builtins"},
            lambda got: got is custom_function,
        ),
        ({"class_name": "Nope", "config": {}}, lambda got: got["class_name"] == "Nope"),
    ],
)
def test_short_forms_are_looked_up_among_module_objects(short, check):
    assert check(deserialize_keras_object(short, module_objects=MODULE_OBJECTS))


def test_a_name_of_a_class_makes_an_object_with_the_defaults():
    class Plain(Box):
        @classmethod
        def from_config(cls, config):
            return cls(**config)

    made = deserialize_keras_object("plain", module_objects={"plain": Plain})
    assert (type(made), made.size) == (Plain, 1)


def test_custom_objects_come_before_module_objects():
    found = deserialize_keras_object("square", {"square": max}, module_objects=MODULE_OBJECTS)
    assert found is max


def test_a_short_form_needs_a_class_name():
    with pytest.raises(ValueError, match="it needs a `class_name`"):
        deserialize_keras_object({"config": {}}, module_objects=MODULE_OBJECTS)


def test_new_kinds_of_values_can_be_registered(monkeypatch):
    for table in ("_WRITERS", "_READERS"):
        monkeypatch.setattr(serialization, table, dict(getattr(serialization, table)))
    saving.register_serializer(
        "__complex__", complex, lambda z: [z.real, z.imag], lambda c: complex(*c)
    )
    assert through_json({"z": 1 + 2j}) == {"z": 1 + 2j}


def test_optimizers_that_keras_has_for_one_engine_are_ours():
    """Keras on PyTorch writes where its own `Adam` is."""
    module = "keras.src.backend.torch.optimizers.torch_adam"
    config = {"module": module, "class_name": "Adam", "config": {"learning_rate": 0.25}}
    made = deserialize_keras_object({**config, "registered_name": "Adam"})
    assert (
        type(made).__module__.startswith("minigrad.optimizers")
        and float(made.learning_rate) == 0.25
    )
