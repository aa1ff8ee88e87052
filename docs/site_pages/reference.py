"""A page for each public object, from its docstring, and a list of names for each namespace."""

import functools
import importlib
import inspect
import json
import re
import types
from pathlib import Path

from site_pages import peers

DOCS = Path(__file__).parent.parent
REFERENCE = DOCS / "reference"
LISTING = DOCS.parent / "tests" / "golden" / "public_api.json"
SECTIONS = re.compile(r"^(Args|Arguments|Returns|Raises|Attributes|Example|Examples|Shapes?):$")


@functools.cache
def names():
    """{full name: object} of all that is public: Keras's names that are here, and our own."""
    found = {}
    keras = json.loads(LISTING.read_text())
    for module in [*keras, "inspect", "autograd"]:
        try:
            place = importlib.import_module(".".join(filter(None, ["minigrad", module])))
        except ModuleNotFoundError:
            continue
        # Some names of a namespace are loaded when they are asked for: dir() does not know them.
        for name in sorted({*dir(place), *keras.get(module, ())}):
            thing = getattr(place, name, None)
            ours = name in keras.get(module, ())
            ours = ours or str(getattr(thing, "__module__", "")).startswith("minigrad")
            if name[0] != "_" and callable(thing) and ours:
                found[f"{place.__name__}.{name}"] = thing
    return found


@functools.cache
def pages():
    """{full name: name of the page}: an object that has several names has one page."""
    best = {}
    for name, thing in sorted(names().items(), key=lambda item: (_rank(item[0]), item[0])):
        best.setdefault(id(thing), name)
    # Where file names do not tell Dense from dense, two names of a namespace need two files.
    taken, result = {}, {}
    for name, thing in names().items():
        page = best[id(thing)]
        if taken.setdefault(page.lower(), page) != page:
            page += "_"
        result[name] = page
    return result


def _rank(name):
    """A name in its own namespace comes before one at the top or in a namespace below."""
    parts = name.split(".")
    return (len(parts) != 3, len(parts))


def write():
    """All pages, in docs/reference. What has not changed stays, so that Sphinx reads it once."""
    REFERENCE.mkdir(exist_ok=True)
    texts = {"index": _index()}
    aliases = {}
    for name, page in pages().items():
        aliases.setdefault(page, []).append(name)
    for page, others in aliases.items():
        texts[page] = _page(page.rstrip("_"), names()[others[0]], others)
    for namespace in sorted({name.rpartition(".")[0] for name in names()}):
        texts[f"namespace-{namespace}"] = _namespace(namespace)
    for path in REFERENCE.glob("*.md"):
        if path.stem not in texts and path.stem != "primitives":
            path.unlink()
    for name, text in texts.items():
        path = REFERENCE / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _index():
    namespaces = sorted({name.rpartition(".")[0] for name in names()})
    lines = "\n".join(f"namespace-{one}" for one in namespaces)
    return f"""# Reference

Every public name has a page, made from its docstring. The names are those of Keras 3;
`minigrad.inspect` and `minigrad.autograd` are our own. [All primitives](primitives.md) have
a page with their derivatives.

```{{toctree}}
:maxdepth: 1

{lines}
```
"""


def _namespace(namespace):
    module = importlib.import_module(namespace)
    inside = [name for name in names() if name.rpartition(".")[0] == namespace]
    lines = [f"# {namespace}", "", escaped(_first(module)), ""]
    for name in inside:
        short = name.rpartition(".")[2]
        lines.append(f"- [`{short}`]({pages()[name]}.md): {escaped(_first(names()[name]))}")
    return "\n".join([*lines, ""])


def _first(thing):
    """The first paragraph of a docstring in one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _page(name, thing, aliases):
    # In no table of contents: the sidebar of each page would list a thousand names.
    head = ["---", "orphan: true", "---", ""]
    lines = [
        *head,
        f"# {name.removeprefix('minigrad.')}",
        "",
        "```python",
        _signature(name, thing),
        "```",
    ]
    others = sorted(one for one in aliases if one != name)
    if others:
        lines += ["", "Also: " + ", ".join(f"`{one}`" for one in others) + "."]
    lines += ["", markdown(inspect.getdoc(thing) or ""), ""]
    lines += ["## The same elsewhere", "", *_tabs(name, aliases)]
    if isinstance(thing, type):
        lines += _methods(thing)
    place = _place(thing)
    if place:
        lines += ["", f"Its source: `{place}`."]
    return "\n".join(lines) + "\n"


def _place(thing):
    try:
        path = Path(inspect.getsourcefile(inspect.unwrap(thing))).resolve()
        return path.relative_to(DOCS.parent).as_posix()
    except (TypeError, OSError, ValueError):
        return ""


def _signature(name, thing):
    try:
        text = str(inspect.signature(thing))
    except (TypeError, ValueError):
        text = "(...)"
    text = re.sub(r"<(?:function|class|built-in function) '?([\w.]+)'?[^>]*>", r"\1", text)
    return _in_lines(re.sub(r" at 0x[0-9a-f]+", "", f"{name}{text}"))


def _in_lines(signature):
    """A long signature with a line for each parameter, as a narrow page wants it."""
    if len(signature) <= 76:
        return signature
    head, _, inside = signature.partition("(")
    inside, _, result = inside.rpartition(")")
    # A comma between two parameters is followed by a name and its default, or by a star.
    parameters = re.split(r", (?=\*|[^\W\d]\w*(?:[=:,]|$))", inside)
    return "\n".join([f"{head}(", *[f"    {one}," for one in parameters], f"){result}"])


def _methods(cls):
    lines = []
    for name, thing in vars(cls).items():
        thing = getattr(thing, "__func__", thing)
        if name.startswith("_") or not isinstance(thing, types.FunctionType | property):
            continue
        text = inspect.getdoc(getattr(cls, name)) or ""
        shown = name if isinstance(thing, property) else _signature(name, thing)
        lines += ["", f"### {escaped(name)}", "", "```python", shown, "```", "", markdown(text)]
    return ["", "## Methods", *lines] if lines else []


def _tabs(name, aliases):
    lines = ["::::{tab-set}"]
    for framework, text in peers.equivalents(name, aliases).items():
        key = framework.lower()
        lines += [f":::{{tab-item}} {framework}", f":sync: {key}", "", text, "", ":::"]
    return [*lines, "::::"]


def markdown(docstring):
    """A docstring as Markdown: sections, lists of arguments, examples."""
    result, example, inside = [], False, False
    for line in docstring.splitlines():
        if example and not line.strip():
            result += ["```", ""]
            example = False
        elif example:
            result.append(line.strip())
        elif line.strip().startswith(">>>"):
            result += ["", "```pycon", line.strip()]
            example = True
        elif match := SECTIONS.match(line):
            result += ["", f"**{match[1]}**", ""]
            inside = True
        elif inside and (match := re.match(r"    (\*{0,2}[\w, *]+): (.*)", line)):
            result.append(f"- `{match[1]}`: {escaped(match[2])}")
        elif inside and line.startswith("    "):
            result.append("  " + escaped(line.strip()))
        else:
            inside = inside and not line.strip()
            result.append(escaped(line.strip()))
    return "\n".join(result + ["```"] * example)


def escaped(text):
    """Text in which only code in backticks means something."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        one if i % 2 else re.sub(r"([\\*_<>\[\]$|{}`#~^])", r"\\\1", one)
        for i, one in enumerate(pieces)
    )
