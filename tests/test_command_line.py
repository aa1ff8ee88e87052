"""The command `minigrad`: help, errors on one line, information, and trainings that succeed."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from minigrad import command_line, datasets
from minigrad.command_line import TASKS, main

ROOT = Path(__file__).parent.parent


def run(*words, folder, **environment):
    """The command in a process of its own, which sees nothing of this one but the package."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "minigrad", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def accuracy(output):
    return float(re.search(r"test accuracy: ([\d.]+)%", output)[1])


# The options


def test_help_names_every_option_and_every_data_set(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name in ("--dataset", "--epochs", "--batch-size", "--policy", "--seed", "--output", "info"):
        assert name in shown
    for name, task in TASKS.items():
        assert name in shown and task.about in shown


def test_every_data_set_of_the_package_can_be_trained_on():
    assert set(TASKS) == set(datasets.__all__)


@pytest.mark.parametrize(
    "words, told",
    [
        (["--epochs", "0"], "argument --epochs: expected a whole number of at least 1, not '0'"),
        (["--epochs", "many"], "argument --epochs: expected a whole number of at least 1"),
        (["--batch-size", "-3"], "argument --batch-size: expected a whole number of at least 1"),
        (["--seed", "1.5"], "argument --seed: expected a whole number from 0 to 4294967294"),
        (["--dataset", "cats"], "argument --dataset: invalid choice: 'cats'"),
        (["--policy", "float8"], "argument --policy: invalid choice: 'float8'"),
        (["--output", "curves.txt"], "argument --output: expected a name that ends in .png"),
        (["--output", "no/such/curves.png"], "argument --output: there is no folder"),
        (["guess"], "invalid choice: 'guess'"),
        (["--learning-rate=1"], "unrecognized arguments: --learning-rate"),
    ],
)
def test_a_bad_value_is_told_on_one_line_and_ends_with_2(words, told, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    shown = capsys.readouterr()
    assert ended.value.code == 2 and shown.out == ""
    assert told in shown.err and shown.err.count("\n") == 1


def test_a_failure_is_told_on_one_line_and_ends_with_1(capsys, monkeypatch):
    def fail(_):
        raise RuntimeError("mnist.npz cannot be had")

    monkeypatch.setattr(command_line, "train", fail)
    assert main(["--dataset", "mnist"]) == 1
    assert capsys.readouterr().err == "minigrad: error: mnist.npz cannot be had\n"


def test_an_interrupt_ends_with_130(capsys, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "train", interrupt)
    assert main([]) == 130
    assert capsys.readouterr().err.strip() == "minigrad: interrupted"


def test_the_installed_command_is_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"minigrad": "minigrad.command_line:main"}


# What it does


def test_info_prints_versions_threads_and_folders(tmp_path):
    done = run("info", folder=tmp_path, MINIGRAD_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0 and done.stderr == ""
    for name in ("Python", "numpy", "numba", "threads", "threading layer"):
        assert re.search(rf"^{name} +\S", done.stdout, flags=re.MULTILINE)
    assert str(tmp_path / "cache") in done.stdout


def test_a_training_prints_the_model_its_epochs_and_the_accuracy_and_draws_the_curves(tmp_path):
    done = run("--dataset", "iris", "--epochs", "30", folder=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert "Total params" in done.stdout and "Epoch 30/30" in done.stdout
    assert "val_accuracy" in done.stdout and accuracy(done.stdout) >= 85
    assert (tmp_path / "loss_curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_number_is_predicted_too_and_the_picture_goes_where_it_should(tmp_path):
    words = ("--dataset", "regression", "--epochs", "2", "--output", "curve.svg")
    done = run(*words, folder=tmp_path)
    assert done.returncode == 0 and "test loss: " in done.stdout
    assert "<svg" in (tmp_path / "curve.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("policy", ["float64", "mixed_float16"])
def test_a_policy_is_trained_under(policy, tmp_path):
    words = ("--dataset", "moons", "--epochs", "8", "--policy", policy)
    done = run(*words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert accuracy(done.stdout) >= 85


def test_the_same_seed_gives_the_same_result_in_another_process(tmp_path):
    words = ("--dataset", "penguins", "--epochs", "3")
    texts = [run(*words, "--seed", seed, folder=tmp_path).stdout for seed in ("5", "5", "6")]
    # The time of a step differs; what is learned does not.
    curves = [re.findall(r"(?:loss|accuracy): ([\d.e+-]+)", text) for text in texts]
    assert curves[0] == curves[1] != curves[2]
    assert len(curves[0]) > 3


@pytest.mark.slow
def test_the_main_job_reads_at_least_97_percent_of_the_digits(tmp_path):
    done = run("--seed", "1", folder=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert accuracy(done.stdout) >= 97
    assert (tmp_path / "loss_curves.png").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "dataset, least",
    [
        ("penguins", 93),
        ("circles", 97),
        ("spirals", 90),
        ("authors --epochs 10", 76),
    ],
)
def test_every_small_data_set_is_learned(dataset, least, tmp_path):
    done = run("--dataset", *dataset.split(), folder=tmp_path)
    assert done.returncode == 0 and accuracy(done.stdout) >= least
