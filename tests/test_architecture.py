"""The order of the folders, kept by reading the source: imports inside functions count too."""

import ast
import graphlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "minigrad"

# A line imports from lines above it and from its own, never from one below.
LEVELS = """
settings messages dtypes tree naming kernels drawing
autograd
ops
compile
masking budget stateless_scope symbolic_scope autocast variable
recomputing dtype_policies random saving operation
distribution
initializers regularizers constraints activations losses metrics optimizers utils
layers
training callbacks
models
distillation visualization wrappers
datasets preprocessing inspect devices config mixed_precision backend
__init__
command_line
__main__
"""
LEVEL = {unit: i for i, line in enumerate(LEVELS.split("\n")) for unit in line.split()}
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def unit_of(module: str) -> str:
    """The name in LEVELS that a module stands under: 'minigrad.ops.linalg' -> 'ops'."""
    return (module + ".__init__").split(".")[1]


def imports_of(module: str) -> set[str]:
    """All modules of minigrad that a file imports, at the top or inside a function."""
    found, path = set(), FILES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join((parents if node.level else []) + [node.module or ""]).strip(".")
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= {name if name in FILES else base for name in names}
    return {name for name in found if name.split(".")[0] == "minigrad"} - {module}


def test_every_folder_has_a_place_in_the_order():
    assert {unit_of(module) for module in FILES} <= set(LEVEL)


@pytest.mark.parametrize("module", FILES)
def test_imports_go_downwards(module):
    upwards = {name for name in imports_of(module) if LEVEL[unit_of(name)] > LEVEL[unit_of(module)]}
    assert not upwards, f"{module} imports what lies above it: {sorted(upwards)}"


def test_no_modules_import_each_other_in_a_circle():
    graph = {module: imports_of(module) for module in FILES}
    tuple(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, naming the circle


def test_numba_is_imported_in_one_place_alone():
    importers = {
        module
        for module, path in FILES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(a.name.startswith("numba") for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numba"))
    }
    assert importers <= {"minigrad.kernels.loading"}


def test_the_tour_shows_this_order():
    tour = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"<!-- levels -->\n```{LEVELS}```\n" in tour
