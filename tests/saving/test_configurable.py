"""`get_config` from the constructor's signature."""

import copy
import pickle

import pytest

from minigrad.saving.configurable import Configurable, accepts, constructor_config


class Base(Configurable):
    """Stands for `Layer`: it adds a name to what the constructors below it say."""

    __module__ = "minigrad.layers.layer"

    def __init__(self, *, name=None, dtype="float32"):
        self.name, self.dtype = name, dtype

    def get_config(self):
        own = {"name": self.name} if accepts(type(self), "name") else {}
        return {**constructor_config(self, Base), **own}


class Scale(Base):
    """Stands for a layer of minigrad."""

    __module__ = "minigrad.layers.scale"

    def __init__(self, factor, offset=0.0, *, children=(), **kwargs):
        super().__init__(**kwargs)
        self.factor, self._offset, self.children = factor, offset, children


class ShiftedScale(Scale):
    """One more constructor of minigrad."""

    __module__ = "minigrad.layers.scale"

    def __init__(self, shift=1, **kwargs):
        super().__init__(**kwargs)
        self.shift = shift


class Inheriting(Scale):
    __module__ = "minigrad.layers.scale"


class UserLayer(Base):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        # Nothing is kept: the arguments are recorded.


class UserScale(Scale):
    """Halves what it is given: the recorded argument is right, the attribute is not."""

    def __init__(self, factor, power=2, **kwargs):
        super().__init__(factor / 2, **kwargs)


class UserOverride(Scale):
    def __init__(self, thing, **kwargs):
        super().__init__(factor=1, **kwargs)
        self.thing = thing

    def get_config(self):
        return {**super().get_config(), "thing": self.thing}


class WithoutName(Base):
    def __init__(self, alpha, *, beta=1.0):
        super().__init__()


@pytest.mark.parametrize(
    ("made", "config"),
    [
        (Scale(2, name="a"), {"factor": 2, "offset": 0.0, "children": (), "name": "a"}),
        (Scale(2, 1.5), {"factor": 2, "offset": 1.5, "children": (), "name": None}),
        (
            ShiftedScale(3, factor=2),
            {"factor": 2, "offset": 0.0, "children": (), "shift": 3, "name": None},
        ),
        (Inheriting(4), {"factor": 4, "offset": 0.0, "children": (), "name": None}),
        (UserLayer(3, name="u"), {"units": 3, "activation": None, "name": "u"}),
        (UserLayer(3, dtype="float16"), {"units": 3, "activation": None, "dtype": "float16"}),
        (
            UserScale(8, offset=1.0),
            {"factor": 8, "power": 2, "offset": 1.0, "children": (), "name": None},
        ),
        (WithoutName(0.2), {"alpha": 0.2, "beta": 1.0}),
        (
            UserOverride([1]),
            {"factor": 1, "offset": 0.0, "children": (), "thing": [1], "name": None},
        ),
    ],
    ids=lambda x: type(x).__name__,
)
def test_the_config_is_what_the_constructor_takes(made, config):
    if type(made) is UserLayer:
        config = {"name": None, **config}
    assert made.get_config() == config


@pytest.mark.parametrize(
    "made",
    [
        Scale(2, name="a"),
        ShiftedScale(3, factor=2),
        UserLayer(3, "relu"),
        UserScale(8),
        WithoutName(1),
    ],
    ids=lambda x: type(x).__name__,
)
def test_a_config_makes_an_equal_object(made):
    for again in (type(made).from_config(made.get_config()), copy.deepcopy(made)):
        assert type(again) is type(made)
        assert again.get_config() == made.get_config()


def test_recorded_arguments_are_pickled_too():
    made = UserLayer(3, "relu")
    assert pickle.loads(pickle.dumps(made)).get_config() == made.get_config()


def test_objects_inside_a_config_are_serialised():
    config = Scale(2, children=[Scale(3)]).get_config()
    assert config["children"][0]["class_name"] == "Scale"
    assert config["children"][0]["config"]["factor"] == 3


class Positional(Base):
    def __init__(self, x, /):
        super().__init__()


class Variadic(Base):
    def __init__(self, *args):
        super().__init__()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (UserLayer(units=object()), "non-serializable argument values .'units'."),
        (UserLayer(3, activation=[max]), "non-serializable argument values .'activation'."),
        (UserScale(2, children=[Scale(1)]), "non-serializable argument values .'children'."),
        (Positional(1), "positional only or variadic"),
        (Variadic(1), "positional only or variadic"),
    ],
)
def test_arguments_that_cannot_be_written_say_how_to_override(made, message):
    with pytest.raises(NotImplementedError, match=message) as caught:
        made.get_config()
    assert type(made).__name__ in str(caught.value)
    assert "def get_config(self):" in str(caught.value)


def test_variadic_arguments_may_be_empty():
    assert Variadic().get_config() == {}


def test_a_config_that_does_not_fit_names_the_class():
    with pytest.raises(TypeError, match=r"(?s)deserializing class 'Scale'.*unexpected keyword"):
        Scale.from_config({"factor": 1, "color": "red"})


def test_errors_of_the_constructor_name_the_class_and_the_config():
    class Picky(Configurable):
        def __init__(self, n):
            raise ValueError("n is wrong")

    with pytest.raises(TypeError, match=r"(?s)class 'Picky' using config={'n': 1}.*n is wrong"):
        Picky.from_config({"n": 1})


def test_a_wrong_call_raises_the_error_of_the_constructor():
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        UserLayer(3, nonsense=1)


def test_a_policy_in_the_config_is_passed_by_its_name():
    made = Scale.from_config(
        {
            "factor": 1,
            "dtype": {
                "class_name": "DTypePolicy",
                "module": "keras.dtype_policies",
                "config": {"name": "mixed_float16"},
            },
        }
    )
    assert made.dtype == "mixed_float16"


def test_recording_is_not_seen_by_setattr():
    class Locked(Configurable):
        def __init__(self, n):
            self.n = n

        def __setattr__(self, name, value):
            if name != "n":
                raise AttributeError(name)
            super().__setattr__(name, value)

    assert Locked(3).get_config() == {"n": 3}
