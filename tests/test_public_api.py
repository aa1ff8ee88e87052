"""The public names: Keras's parameters and defaults, a docstring each, and a list of what lacks.

`tests/golden/public_api.json` holds Keras's names; `docs/keras_differences.md` says what is missing
or has other parameters, and why.
"""

import fnmatch
import importlib
import json
import pkgutil
import re
import types
from pathlib import Path

import pytest

import minigrad
from tests.golden import generate_public_api as api

KERAS = json.loads(api.FILE.read_text())
TEXT = api.DIFFERENCES.read_text()
LEFT_OUT = api.left_out(TEXT)
OTHER_PARAMETERS = set(
    re.findall(r"^\| `keras\.([\w.]+)` \|", TEXT.partition("## Other parameters")[2], re.MULTILINE)
)


# Methods whose meaning is the same everywhere.
CONFIGURATION = ("get_config", "from_config")


def dotted(module, name):
    return ".".join(filter(None, [module, name]))


def split(parameters):
    """({name: default} of those with a name, in order; stars)."""
    named, stars = {}, set()
    for one in parameters:
        if isinstance(one, list):
            named[one[0]] = one[1]
        elif one.startswith("*"):
            stars.add(re.match(r"\*+", one)[0])
        elif one not in ("self", "cls"):
            named[one] = "no default"
    return named, stars


def equal(name, ours, theirs):
    """Whether two defaults mean the same. Objects are not compared; a name of None is made up."""
    is_object = isinstance(theirs, str) and theirs.startswith("<")
    return ours == theirs or is_object or (name == "name" and ours is None)


def parameters_of(thing):
    """The signature, with what a constructor passes on to the class above by **kwargs."""
    found = api.signature(thing)
    if found is None or not isinstance(thing, type):
        return found
    for base in thing.__mro__[1:]:
        if "**" not in split(found)[1] or "__init__" not in vars(base) or base is object:
            continue
        known = split(found)[0]
        passed_on = [one for one in api.signature(base) if split([one])[0].keys() - known.keys()]
        stars = [one for one in api.signature(base) if isinstance(one, str) and one[:2] == "**"]
        found = [one for one in found if not isinstance(one, str) or one[0] != "*"]
        found += [*passed_on, *stars]
    return found


def differences(keras, ours):
    """What is wrong with our parameters, in words."""
    theirs, their_stars = split(keras)
    mine, my_stars = split(ours)
    anything = "**" in their_stars or theirs.pop("_", None) is not None  # _: unused, any name
    found = [f"lacks {name}" for name in theirs if name not in mine]
    if not anything:
        found += [f"has {name} besides" for name in mine if name not in theirs]
        found += ["takes **kwargs"] * ("**" in my_stars)
    found += [
        f"{name}={mine[name]} instead of {default}"
        for name, default in theirs.items()
        if name in mine and not equal(name, mine[name], default)
    ]
    if not found and [name for name in mine if name in theirs] != list(theirs):
        found.append(f"has the order {list(mine)}")
    return found


def all_differences():
    result = {}
    for module, names in KERAS.items():
        for name, parameters in names.items():
            ours = api.lookup(module, name)
            if parameters is None or ours is api.NOTHING or parameters_of(ours) is None:
                continue
            found = differences(parameters, parameters_of(ours))
            if found:
                result[dotted(module, name)] = found
    return result


def test_parameters_and_defaults_are_keras_s():
    wrong = {name: what for name, what in all_differences().items() if name not in OTHER_PARAMETERS}
    assert not wrong, "\n" + "\n".join(f"{name}: {'; '.join(what)}" for name, what in wrong.items())


def test_what_is_listed_with_other_parameters_has_them():
    assert set(all_differences()) >= OTHER_PARAMETERS


def test_what_is_missing_is_listed():
    listed = TEXT.split(api.BEGIN)[1].split(api.END)[0]
    found = api.missing_block(api.missing(KERAS, LEFT_OUT))
    assert listed == found, "Run: python tests/golden/generate_public_api.py --missing"


def test_what_is_left_out_is_keras_s_and_not_there():
    names = [(module, name) for module, found in KERAS.items() for name in found]
    for pattern in LEFT_OUT:
        meant = [one for one in names if fnmatch.fnmatchcase(dotted(*one), pattern)]
        assert meant, f"{pattern}: Keras has no such name"
        there = [dotted(*one) for one in meant if api.has(*one)]
        assert not there, f"left out, but there: {there}"


def public_modules():
    """The namespaces of Keras that minigrad has."""
    for module in KERAS:
        try:
            yield importlib.import_module(dotted("minigrad", module))
        except ModuleNotFoundError:
            continue


@pytest.mark.parametrize("module", list(public_modules()), ids=lambda module: module.__name__)
def test_every_public_name_has_a_docstring(module):
    lacking = []
    for name, thing in vars(module).items():
        if api.is_public(name, thing) and callable(thing):
            lacking += [name] * (not (getattr(thing, "__doc__", None) or "").strip())
            if isinstance(thing, type) and thing.__module__.startswith("minigrad"):
                lacking += [
                    f"{name}.{method}"
                    for method, what in vars(thing).items()
                    if not method.startswith("_")
                    and method not in CONFIGURATION
                    and isinstance(what, types.FunctionType)
                    and what.__name__ == method
                    and not inherits_docstring(thing, method)
                ]
    assert not lacking


def inherits_docstring(cls, method):
    """Whether a method, or what it overrides, says what it does."""
    return any((getattr(vars(one).get(method), "__doc__", None) or "") for one in cls.__mro__)


def test_ops_has_no_public_names_of_its_own():
    ours = {name for name, thing in vars(minigrad.ops).items() if api.is_public(name, thing)}
    assert ours <= set(KERAS["ops"])


def test_modules_of_the_package_all_import():
    for found in pkgutil.walk_packages(minigrad.__path__, "minigrad."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def test_the_listing_is_of_the_version_that_the_readme_names():
    assert Path(api.FILE).stat().st_size > 100_000 and len(KERAS["ops"]) > 300
