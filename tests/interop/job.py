"""The interchange job: the whole zoo from minigrad to Keras and back, in an environment of its own.

    python -m tests.interop.job [PYTHON]

runs it and writes the tables of `docs/interop.md`. PYTHON (or MINIGRAD_KERAS_PYTHON) has Keras and
JAX; without it an environment is made, with pip, in a temporary folder. If it has PyTorch and
safetensors as well, weights go to PyTorch's modules and back, too.
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import numpy as np

import minigrad
from tests.interop import pytorch_models, zoo

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "interop.md"
BEGIN, END = "<!-- table: made by tests/interop/job.py -->", "<!-- end -->"
PYTORCH_BEGIN = "<!-- table of PyTorch: made by tests/interop/job.py -->"
DIRECTIONS = "minigrad to Keras", "Keras to minigrad"
QUANTITIES = "outputs", "outputs after a step"
SECONDS_TO_INSTALL, SECONDS_TO_RUN = 300, 600
# Hundreds of small programs, each run a few times: better made quickly than made well. The last
# saves a third of the time, and not every XLA has it.
FLAGS = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
MORE_FLAGS = f"{FLAGS} --xla_cpu_use_fusion_emitters=false"


class NoKeras(Exception):
    """There is no Keras, and none can be installed here."""


def python_with_keras(folder):
    """A Python that has Keras and JAX: the one that is named, or a new one in `folder`.

    Raises NoKeras where packages cannot be had within some minutes.
    """
    named = os.environ.get("MINIGRAD_KERAS_PYTHON")
    if named:
        return named
    with open(ROOT / "pyproject.toml", "rb") as file:
        peers = tomllib.load(file)["project"]["optional-dependencies"]["peers"]
    packages = [one for one in peers if one.startswith(("keras", "jax"))]
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    python = Path(folder, "bin", "python")
    command = [python, "-m", "pip", "install", "-q", "--retries", "1", *packages]
    try:
        subprocess.run(
            command, check=True, timeout=SECONDS_TO_INSTALL, capture_output=True, text=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise NoKeras(str(error.stderr or error)[-500:]) from error
    return str(python)


def run(python, folder):
    """{direction: {model: {quantity: largest difference}}} of the zoo."""
    mine, theirs = Path(folder, "mine"), Path(folder, "theirs")
    for one in (mine, theirs):
        one.mkdir()
    zoo.write(mine, minigrad, list(zoo.ZOO))
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": MORE_FLAGS,
        "PYTHONPATH": str(ROOT),
    }
    check = [python, "-c", "import jax; jax.devices()"]
    if subprocess.run(check, env=environment, capture_output=True).returncode:
        environment["XLA_FLAGS"] = FLAGS
    command = [python, "-m", "tests.interop.keras_job", "both", str(mine), str(theirs)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS_TO_RUN
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    there = json.loads((mine / "differences.json").read_text())
    here = zoo.differences(theirs, minigrad, list(zoo.ZOO))
    return dict(zip(DIRECTIONS, (there, here), strict=True))


def table(results):
    """The results as lines of Markdown."""
    first, second = DIRECTIONS
    lines = [
        f"| model | {first}: outputs | after a step | {second}: outputs | after a step |",
        "|---|---|---|---|---|",
    ]
    for name in results[first]:
        cells = [
            f"{results[direction][name][quantity]:.1e}".replace("0.0e+00", "0")
            if quantity in results[direction][name]
            else ""
            for direction in DIRECTIONS
            for quantity in QUANTITIES
        ]
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines)


def has_pytorch(python):
    """Whether a Python has PyTorch and safetensors."""
    check = [python, "-c", "import torch, safetensors.torch"]
    return subprocess.run(check, capture_output=True).returncode == 0


def run_pytorch(python, folder):
    """{module: (largest difference of outputs there, here)}, weights having gone over in files."""

    def job(action):
        command = [python, "-m", "tests.interop.pytorch_job", action, str(folder)]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, check=True,
            stdout=subprocess.PIPE, text=True, timeout=SECONDS_TO_RUN,
        ).stdout  # fmt: skip

    job("write")
    here = {}
    with np.load(Path(folder, "pytorch.npz"), allow_pickle=False) as given:
        for name, build in pytorch_models.MODELS.items():
            model, names = build()
            x, prefix = given[f"{name}/x"], f"{name}/state/"
            for ending in ("npz", "safetensors"):
                path = f"{folder}/{name}.{ending}"
                minigrad.saving.save_state_dict(model, path, names)
            np.savez(f"{folder}/{name}.values.npz", x=x, y=np.asarray(model(x)))
            state = {k.removeprefix(prefix): given[k] for k in given.files if k.startswith(prefix)}
            minigrad.saving.load_state_dict(model, state, names)
            here[name] = float(np.abs(np.asarray(model(x)) - given[f"{name}/y"]).max())
    there = json.loads(job("check").splitlines()[-1])
    return {name: (there[name], here[name]) for name in pytorch_models.MODELS}


def pytorch_table(found):
    """The results as lines of Markdown."""
    rows = [
        "| {} | {:.1e} | {:.1e} |".format(name, *both).replace("0.0e+00", "0")
        for name, both in found.items()
    ]
    head = ["| module | minigrad to PyTorch | PyTorch to minigrad |", "|---|---|---|"]
    return "\n".join(head + rows)


def written_rows(begin):
    """The rows of the table of the document that begins there."""
    text = DOCUMENT.read_text(encoding="utf-8")
    start = text.index(begin)
    rows = text[start : text.index(END, start)].splitlines()[3:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row[:1] == "|"]


def write(begin, made):
    """Put a table into the document, in the place of the one that begins there."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before = text.index(begin) + len(begin)
    after = text.index(END, before)
    DOCUMENT.write_text(f"{text[:before]}\n{made}\n{text[after:]}", encoding="utf-8")


def main():
    if len(sys.argv) > 1:
        os.environ["MINIGRAD_KERAS_PYTHON"] = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        python = python_with_keras(Path(folder, "venv"))
        write(BEGIN, table(run(python, folder)))
        if has_pytorch(python):
            write(PYTORCH_BEGIN, pytorch_table(run_pytorch(python, folder)))


if __name__ == "__main__":
    main()
