"""Names of layers and paths of variables."""

import threading

import pytest

from minigrad import naming
from minigrad.naming import current_path, name_scope


@pytest.fixture(autouse=True)
def fresh_names():
    naming.reset()
    yield
    naming.reset()


@pytest.mark.parametrize(
    ("given", "snake"),
    [
        ("Dense", "dense"),
        ("LayerNormalization", "layer_normalization"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("GRUCell", "gru_cell"),
        ("convertTHIS", "convert_this"),
        ("myVariableNameHere", "my_variable_name_here"),
        ("already_snake", "already_snake"),
        ("SGD", "sgd"),
        ("<lambda>", "lambda"),
    ],
)
def test_class_names_become_snake_case(given, snake):
    assert naming.to_snake_case(given) == snake


def test_names_are_numbered_from_the_second_on():
    assert [naming.auto_name("Dense") for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert naming.auto_name("Dropout") == "dropout"


def test_uids_count_from_one_and_start_again():
    assert [naming.get_uid("a"), naming.get_uid("a"), naming.get_uid("b")] == [1, 2, 1]
    naming.reset_uids()
    assert naming.get_uid("a") == 1


def test_each_thread_counts_for_itself():
    naming.auto_name("Dense")
    names = []
    thread = threading.Thread(target=lambda: names.append(naming.auto_name("Dense")))
    thread.start()
    thread.join()
    assert names == ["dense"]


class Named:
    name = "my_loss"


class Plain:
    pass


def some_function():
    pass


@pytest.mark.parametrize(
    ("thing", "name"),
    [(Named(), "my_loss"), (Plain(), "plain"), (some_function, "some_function")],
)
def test_objects_are_called_by_name_function_or_class(thing, name):
    assert naming.get_object_name(thing) == name


def test_scopes_nest_and_close():
    assert current_path() == ""
    with name_scope("outer") as outer:
        assert outer.name == "outer"
        with name_scope("inner"):
            assert current_path() == "outer/inner"
        assert current_path() == "outer"
    assert current_path() == ""


def test_the_same_caller_opens_its_scope_once():
    caller = Plain()
    with name_scope("a", caller=caller), name_scope("a", caller=caller):
        assert current_path() == "a"
        with name_scope("b", caller=caller):
            assert current_path() == "a/b"
        with name_scope("a", caller=caller, deduplicate=False):
            assert current_path() == "a/a"
    with name_scope("a"), name_scope("a"):
        assert current_path() == "a/a"
    assert current_path() == ""


def test_a_scope_may_override_the_scopes_around_it():
    with name_scope("outer"):
        with name_scope("middle", override_parent="/absolute/path"), name_scope("inner"):
            assert current_path() == "absolute/path/middle/inner"
        with name_scope("root", override_parent=""):
            assert current_path() == "root"
        assert current_path() == "outer"


def test_a_caller_that_knows_its_parent_path_is_named_there():
    layer = Plain()
    layer._parent_path = "model/encoder"
    with name_scope("elsewhere"), name_scope("dense", caller=layer):
        assert current_path() == "model/encoder/dense"


@pytest.mark.parametrize("bad", ["a/b", 4, None])
def test_a_scope_has_a_name_without_slashes(bad):
    with pytest.raises(ValueError, match=r"must be a string.*Received: name="):
        name_scope(bad)


def test_an_exception_closes_the_scope():
    with pytest.raises(KeyError), name_scope("a"):
        raise KeyError
    assert current_path() == ""


def test_a_scope_object_can_be_entered_again_inside_itself():
    scope = name_scope("a")
    with scope, name_scope("b"), scope:
        assert current_path() == "a/b/a"
    assert current_path() == ""


def test_a_reset_inside_a_scope_does_no_harm():
    with name_scope("a"):
        naming.reset()
        with name_scope("b"):
            assert current_path() == "b"
    assert current_path() == ""


def test_scopes_belong_to_their_thread():
    paths = {}

    def work(number):
        with name_scope(f"thread_{number}"):
            paths[number] = current_path()

    with name_scope("main"):
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert current_path() == "main"
    assert paths == {n: f"thread_{n}" for n in range(4)}
