"""Names of a user's classes and functions."""

import threading

import pytest

from minigrad.saving import registry
from minigrad.saving.registry import CustomObjectScope, get_registered_object


@pytest.fixture(autouse=True)
def restore(monkeypatch):
    monkeypatch.setattr(registry, "GLOBAL_CUSTOM_OBJECTS", {})
    monkeypatch.setattr(registry, "GLOBAL_CUSTOM_NAMES", {})


class Thing:
    def get_config(self):
        return {}


def function():
    pass


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((), "Custom>Thing"), (("shop",), "shop>Thing"), (("shop", "Item"), "shop>Item")],
)
def test_registered_names_have_a_package(arguments, name):
    assert registry.register_keras_serializable(*arguments)(Thing) is Thing
    assert registry.get_registered_name(Thing) == name
    assert get_registered_object(name) is Thing
    assert registry.get_custom_objects() == {name: Thing}


def test_functions_are_registered_too():
    registry.register_keras_serializable()(function)
    assert get_registered_object("Custom>function") is function


def test_what_is_not_registered_has_its_own_name_and_is_not_found():
    assert registry.get_registered_name(Thing) == "Thing"
    assert get_registered_object("Thing") is None


def test_a_class_without_get_config_cannot_be_registered():
    with pytest.raises(ValueError, match="does not have a get_config"):
        registry.register_keras_serializable()(type("Bare", (), {}))


def test_scopes_nest_and_close():
    with CustomObjectScope({"a": 1, "b": 2}):
        with registry.custom_object_scope({"a": 10}):
            assert [get_registered_object(name) for name in "ab"] == [10, 2]
        assert get_registered_object("a") == 1
    assert get_registered_object("a") is None


def test_a_scope_closes_when_its_body_fails():
    with pytest.raises(KeyError), CustomObjectScope({"a": 1}):
        raise KeyError
    assert get_registered_object("a") is None


def test_a_scope_is_not_seen_by_other_threads():
    seen = []
    with CustomObjectScope({"a": 1}):
        thread = threading.Thread(target=lambda: seen.append(get_registered_object("a")))
        thread.start()
        thread.join()
    assert seen == [None]


def test_scopes_come_before_the_registry_and_that_before_the_arguments():
    arguments = {"Custom>Thing": 2, "x": 2}, {"x": 3, "y": 3}
    registry.register_keras_serializable()(Thing)
    assert get_registered_object("Custom>Thing", *arguments) is Thing
    assert get_registered_object("x", *arguments) == 2
    assert get_registered_object("y", *arguments) == 3
    with CustomObjectScope({"Custom>Thing": 1}):
        assert get_registered_object("Custom>Thing", *arguments) == 1
