"""Write public_api.json: every public name of Keras, with parameter names and defaults.

    python tests/golden/generate_public_api.py

A module maps names to signatures: a list of parameters, each `name` or `[name, default]`, with
stars before those that collect the rest; null for what is not called. Of the base classes that
users derive from or call methods of, the methods are written too, as `Class.method`.

    python tests/golden/generate_public_api.py --missing

rewrites the list of what minigrad lacks so far in docs/keras_differences.md; it needs no Keras.
"""

import fnmatch
import importlib
import inspect
import json
import os
import pkgutil
import re
import sys
import types
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, str(Path(__file__).parents[2]))

FILE = Path(__file__).with_name("public_api.json")
DIFFERENCES = Path(__file__).parents[2] / "docs" / "keras_differences.md"
# Classes of which the methods are part of the listing.
WITH_METHODS = """
Layer Model Sequential Variable KerasTensor Loss Metric Optimizer Initializer Regularizer
DTypePolicy DTypePolicyMap StatelessScope Operation InputSpec
callbacks.Callback callbacks.CallbackList callbacks.History
constraints.Constraint
dtype_policies.DTypePolicyMap
layers.RNN layers.Wrapper layers.TextVectorization
metrics.Mean
optimizers.schedules.LearningRateSchedule
random.SeedGenerator
saving.KerasFileEditor
utils.CustomObjectScope utils.FeatureSpace utils.Progbar utils.PyDataset
""".split()


def plain(default):
    """A default value as JSON; objects and functions by name."""
    if isinstance(default, bool | int | str | None):
        return default
    if isinstance(default, float):
        return default if abs(default) < float("inf") else str(default)
    if isinstance(default, tuple | list):
        return [plain(one) for one in default]
    if isinstance(default, dict):
        return {key: plain(one) for key, one in default.items()}
    name = getattr(default, "__name__", type(default).__name__)
    return f"<{name}>"


def signature(thing):
    """The parameters of what can be called; null else."""
    if not callable(thing):
        return None
    is_class = isinstance(thing, type)
    try:
        found = inspect.signature(thing.__init__ if is_class else thing)
    except (TypeError, ValueError):
        return None
    parameters = []
    for one in list(found.parameters.values())[is_class:]:
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        has_default = one.default is not one.empty
        parameters.append([one.name, plain(one.default)] if has_default else stars + one.name)
    return parameters


def is_public(name, thing):
    return not name.startswith("_") and not isinstance(thing, types.ModuleType)


def listing():
    """{module: {name: signature}} of the installed Keras."""
    import keras

    modules = {"": keras}
    skipped = ("keras.src", "keras._tf_keras")
    for found in pkgutil.walk_packages(keras.__path__, "keras."):
        if found.ispkg and not found.name.startswith(skipped):
            modules[found.name.removeprefix("keras.")] = importlib.import_module(found.name)
    result = {}
    for path, module in sorted(modules.items()):
        names = {
            name: signature(thing)
            for name, thing in sorted(vars(module).items())
            if is_public(name, thing)
        }
        for name in [
            name for name in names if ".".join(filter(None, [path, name])) in WITH_METHODS
        ]:
            names |= {f"{name}.{method}": found for method, found in methods(module, name)}
        result[path] = names
    return result


def methods(module, name):
    """The public methods and properties of a class, but for those that Python's own types have."""
    cls = getattr(module, name)
    for method in sorted(dir(cls)):
        own = next(one for one in cls.__mro__ if method in vars(one))
        if method.startswith("_") or not own.__module__.startswith(("keras", "minigrad")):
            continue
        thing = inspect.getattr_static(cls, method)
        yield method, signature(thing.__func__ if hasattr(thing, "__func__") else thing)


def written(api):
    lines = ["{"]
    for module, names in api.items():
        lines.append(f"{json.dumps(module)}: {{")
        lines += [f"{json.dumps(name)}: {json.dumps(found)}," for name, found in names.items()]
        lines[-1] = lines[-1].rstrip(",")
        lines.append("},")
    lines[-1] = "}"
    return "\n".join([*lines, "}"]) + "\n"


# The part of docs/keras_differences.md that is made by this script.

BEGIN, END = "<!-- not yet: made by a script -->\n", "<!-- end -->\n"


NOTHING = object()


def lookup(module, name):
    """What minigrad has under a public name of Keras; NOTHING if there is none."""
    try:
        found = importlib.import_module(".".join(filter(None, ["minigrad", module])))
    except ModuleNotFoundError:
        return NOTHING
    for part in name.split("."):
        if isinstance(found, type):
            found = inspect.getattr_static(found, part, NOTHING)
            found = getattr(found, "__func__", found)  # of static and class methods
        else:
            found = getattr(found, part, NOTHING)
    return NOTHING if isinstance(found, types.ModuleType) else found


def has(module, name):
    return lookup(module, name) is not NOTHING


def left_out(text):
    """The names, or patterns of names with a *, that the document leaves out on purpose."""
    table = text.split("## Left out")[1].split("\n## ")[0]
    return set(re.findall(r"`keras\.([\w.*]+)`", table))


def is_left_out(path, left):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in left)


def missing(api, left):
    """{module: names that minigrad lacks and does not leave out}.

    Of classes that are there, methods; not properties, which may be plain attributes here.
    """
    result = {}
    for module, names in api.items():
        lacking = [
            name
            for name, parameters in names.items()
            if not has(module, name)
            and not is_left_out(".".join(filter(None, [module, name])), left)
            and ("." not in name or (parameters is not None and has(module, name.split(".")[0])))
        ]
        if lacking:
            result[module] = lacking
    return result


def missing_block(found):
    lines = [
        f"- `keras{'.' if module else ''}{module}`: " + ", ".join(f"`{name}`" for name in names)
        for module, names in found.items()
    ]
    return "\n".join(lines or ["Nothing."]) + "\n"


def main():
    if "--missing" in sys.argv:
        text = DIFFERENCES.read_text()
        api = json.loads(FILE.read_text())
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        block = missing_block(missing(api, left_out(text)))
        DIFFERENCES.write_text(before + BEGIN + block + END + after)
        print(block)
        return
    api = listing()
    FILE.write_text(written(api))
    print(f"{FILE}: {sum(map(len, api.values()))} names in {len(api)} modules")


if __name__ == "__main__":
    main()
