"""Makes the golden files from Keras on JAX: `python tests/golden/generate.py [group …]`.

`--missing` keeps the results of cases that a file already has, and makes only the others.

Needs the `peers` of pyproject.toml. The tests that read the files need neither Keras nor JAX.
"""

import json
import os
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests import golden_cases as golden
from tests.golden.building import default_float, resolve
from tests.golden.cases import GROUPS
from tests.golden.cases.spec import Array, Case, draw
from tests.golden.engine import Results, is_float
from tests.golden.runs import RUNS

# What is smaller is zero but for rounding (the gradient for a bias of attention keys, say), and is
# stored as zero. float32 decides only where there is no float64.
ROUNDING = {"float32": 3e-6, "float64": 1e-13}


class Packer:
    """Arrays end to end, one run for each dtype: zip's overhead per array would outweigh them."""

    def __init__(self) -> None:
        self.flat: dict[str, list[np.ndarray]] = {}
        self.size: dict[str, int] = {}

    def add(self, array: np.ndarray) -> list:
        dtype = str(array.dtype)
        start = self.size.setdefault(dtype, 0)
        self.flat.setdefault(dtype, []).append(array.ravel())
        self.size[dtype] += array.size
        return [dtype, start, list(array.shape)]

    def table(self, arrays: Results) -> dict:
        return {name: self.add(array) for name, array in arrays.items()}

    def write(self, path: Path, index: dict) -> None:
        text = np.frombuffer(json.dumps(index).encode(), "uint8")
        runs = {dtype: np.concatenate(arrays) for dtype, arrays in self.flat.items()}
        if "bfloat16" in runs:  # files know no such dtype
            runs["bfloat16"] = runs["bfloat16"].view("uint16")
        np.savez_compressed(path, index=text, **runs)


def run_both(keras, engine, kind: str, case: Case) -> tuple[Results, dict, list[str]]:
    """The drawn inputs, the results in both precisions, and the names."""
    given: Results = {}

    def draw_once(name: str, spec: Array) -> np.ndarray:
        if name not in given:
            seed = zlib.crc32(f"{case.key} {name}".encode())
            given[name] = draw(spec, np.random.default_rng(seed))
        return given[name]

    results = {}
    for dtype in case.dtypes:
        with engine.precision(dtype), default_float(keras, dtype):
            results[dtype], names = RUNS[kind](keras, engine, case, draw_once, dtype)
    return given, results, names


def clear_rounding(results: dict) -> None:
    """What is zero but for rounding becomes zero."""
    finest = list(results)[-1]
    for name, value in results[finest].items():
        if is_float(value) and np.abs(value).max(initial=0) < ROUNDING[finest]:
            for table in results.values():
                table[name] = np.zeros_like(table[name])


def conditioning(case: Case, results: dict) -> list[str]:
    """What the tolerances would not make sense for: too few digits in a precision."""
    limit = golden.TOLERANCES["float32"] * case.slack / 2
    complaints = []
    for name, wide in results.get("float64", {}).items():
        if wide.dtype == "float32":
            complaints.append(f"{name}: float32 although all inputs are float64")
        error = golden.difference(results["float32"][name], wide)
        if error > limit:
            complaints.append(f"{name}: float32 and float64 differ by {error:.1e} of the largest")
    return complaints


def kept(group: str, case: Case) -> tuple[Results, dict, list[str]] | None:
    """What the group's file already has of this case."""
    try:
        entry = golden.load(group)[case.key]
    except (OSError, KeyError):
        return None
    if set(entry.results) != set(case.dtypes):
        return None
    return entry.given, entry.results, entry.names


def generate(group: str, only_missing: bool) -> int:
    """Write one group's file; returns the number of cases that need another look."""
    import jax
    import keras

    from tests.golden import peers

    jax.clear_caches()  # or the compiled ops of all groups pile up to gigabytes
    engine, packer, index, bad = peers.engine(), Packer(), {}, 0
    for case in golden.cases_of(group):
        if case.key in index:
            raise ValueError(f"Two cases of {group} are the same: {case.key}")
        try:
            made = only_missing and kept(group, case)
            given, results, names = made or run_both(keras, engine, GROUPS[group], case)
        except Exception as error:
            print(f"{case.key}\n    failed: {type(error).__name__}: {str(error)[:600]}")
            bad += 1
            continue
        clear_rounding(results)
        complaints = conditioning(case, results)
        bad += bool(complaints)
        for complaint in complaints:
            print(f"{case.key}\n    {complaint}")
        index[case.key] = {
            "names": names,
            "given": packer.table(given),
            "results": {dtype: packer.table(table) for dtype, table in results.items()},
        }
    path = golden.FOLDER / f"{group}.npz"
    packer.write(path, index)
    print(f"{path.name}: {len(index)} cases, {path.stat().st_size / 1000:.0f} kB")
    return bad


NAMESPACES = (
    "layers losses metrics optimizers optimizers.schedules initializers regularizers constraints "
    "activations"
).split()


def write_public_names() -> None:
    """Keras's public names; a second name of an object stands with its first one.

    The first is the one that Keras writes into configs, its `__name__`.
    """
    import keras

    names: dict[str, str | None] = {}
    first: dict[int, str] = {}
    for namespace in NAMESPACES:
        module = resolve(keras, namespace)
        members = {n: getattr(module, n) for n in dir(module) if not n.startswith("_")}
        members = {n: m for n, m in members.items() if callable(m)}
        for name, member in sorted(members.items(), key=lambda x: (x[1].__name__ != x[0], x[0])):
            path = f"{namespace}.{name}"
            known = first.setdefault(id(member), path)
            names[path] = None if known == path else known
    text = json.dumps(dict(sorted(names.items())), indent=0)
    (golden.FOLDER / "public_names.json").write_text(text + "\n")


def main(groups: list[str]) -> int:
    os.environ["KERAS_BACKEND"] = "jax"
    warnings.simplefilter("ignore")
    only_missing = "--missing" in groups
    groups = [group for group in groups if group != "--missing"]
    write_public_names()
    bad = [generate(group, only_missing) for group in groups or GROUPS]
    return 1 if sum(bad) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
