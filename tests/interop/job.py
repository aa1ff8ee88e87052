"""The interchange job: the whole zoo from minigrad to Keras and back, in an environment of its own.

    python -m tests.interop.job [PYTHON]

runs it and writes the table of `docs/interop.md`. PYTHON (or MINIGRAD_KERAS_PYTHON) has Keras and
JAX; without it an environment is made, with pip, in a temporary folder.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import minigrad
from tests.interop import zoo

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "interop.md"
BEGIN, END = "<!-- table: made by tests/interop/job.py -->", "<!-- end -->"
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
    parts = min(2, os.cpu_count() or 1)
    command = [python, "-m", "tests.interop.keras_job", "both", str(mine), str(theirs)]
    with contextlib.ExitStack() as stack:
        started = []
        for part in range(parts):
            errors = stack.enter_context(open(Path(folder, f"errors-{part}"), "w+"))
            process = subprocess.Popen(
                [*command, str(part), str(parts)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            stack.callback(process.kill)
            started.append((process, errors))
        deadline = time.monotonic() + SECONDS_TO_RUN
        for process, errors in started:
            if process.wait(timeout=max(deadline - time.monotonic(), 1)):
                errors.seek(0)
                raise RuntimeError(errors.read()[-3000:])
    there = {}
    for part in range(parts):
        there |= json.loads((mine / f"differences-{part}.json").read_text())
    there = {name: there[name] for name in zoo.ZOO}
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


def written_models():
    """The names of the models in the table of the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = text[text.index(BEGIN) : text.index(END)].splitlines()[3:]
    return [row.split("|")[1].strip() for row in rows if row.startswith("|")]


def main():
    if len(sys.argv) > 1:
        os.environ["MINIGRAD_KERAS_PYTHON"] = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        made = table(run(python_with_keras(Path(folder, "venv")), folder))
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    DOCUMENT.write_text(f"{text[:before]}\n{made}\n{text[after:]}", encoding="utf-8")


if __name__ == "__main__":
    main()
