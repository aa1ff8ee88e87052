"""Several processes train as one: equal weights and logs, and an end when one of them fails."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.distribution import DataParallel, distribution, set_distribution
from minigrad.distribution.communicator import Communicator
from tests.distribution import training

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


def mpiexec():
    """The launcher of this environment; without one there is nothing to test, except on CI."""
    beside = Path(sys.executable).parent / "mpiexec"
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    try:
        import mpi4py  # noqa: F401
    except ImportError:
        found = None
    if not found:
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail("there is no mpiexec, or no mpi4py: both come with the extra `test`")
        pytest.skip("there is no mpiexec, or no mpi4py")
    return found


def run(processes, folder, *names, **options):
    """Train on so many processes, a case after the other; the finished process."""
    one_thread = dict.fromkeys(
        ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [
            *(mpiexec(), "-n", str(processes), sys.executable),
            *(str(FOLDER / "training.py"), json.dumps(options), str(folder), *names),
        ],
        env={**os.environ, **one_thread, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=240,
    )


def result(path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files if name != "share"}


def alone(folder, name="dense"):
    """What a training by this process alone ends with."""
    training.train(folder / "alone.npz", **training.CASES[name])
    return result(folder / "alone.npz")


def assert_same(one, other, tolerance):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_allclose(
            one[name], other[name], rtol=tolerance, atol=tolerance, err_msg=name
        )


# By how many processes each case is trained. Tolerances are of float32, and of float16 for the
# gradients that are rounded to it.
TRAINED = {2: [name for name in training.CASES if name != "uneven"], 4: ["dense", "uneven"]}
TOLERANCE = {"mixed": 2e-3}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """{processes: the folder with what they ended with}."""
    folders = {}
    for processes, names in TRAINED.items():
        folders[processes] = tmp_path_factory.mktemp(f"by_{processes}")
        done = run(processes, folders[processes], *names)
        assert done.returncode == 0, done.stderr[-2000:]
    return folders


@pytest.mark.slow
@pytest.mark.parametrize(
    ("processes", "name"), [(count, name) for count, names in TRAINED.items() for name in names]
)
def test_several_processes_train_as_one(tmp_path, trained, processes, name):
    found = result(trained[processes] / f"{name}.npz")
    assert_same(alone(tmp_path, name), found, TOLERANCE.get(name, 2e-6))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        ("killed", "signal 9"),
        ("raises", "process 2 of 2 ends the run: ValueError in `fit`: something is wrong"),
        ("hangs", "process 1 of 2 ends the run: no answer from the other processes for 2 s"),
    ],
)
def test_a_process_that_fails_ends_the_run_and_the_last_backup_goes_on(tmp_path, trouble, message):
    one = alone(tmp_path)
    done = run(2, tmp_path, "dense", trouble=trouble, timeout=2, backup=True)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert not (tmp_path / "dense.npz").exists()
    assert (tmp_path / "backup" / "latest.weights.h5").exists()
    done = run(2, tmp_path, "dense", backup=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found = result(tmp_path / "dense.npz")
    # Logs of epochs before the crash are gone; weights are as if nothing had happened.
    weights = [name for name in one if name.startswith("weight") or name == "log evaluated"]
    assert_same({k: one[k] for k in weights}, {k: found[k] for k in weights}, 2e-6)


# Without MPI: what one process does by itself


class Alone:
    """An MPI of one process, or a stand-in for one of several that get the same."""

    class Done:
        def Test(self):
            return True

    class Never:
        def Test(self):
            return False

    def __init__(self, process=0, processes=1, answers=True):
        self.process, self.processes, self.answers = process, processes, answers
        self.aborted = None

    def Get_rank(self):
        return self.process

    def Get_size(self):
        return self.processes

    def Iallreduce(self, array, total):
        total[...] = array * self.processes
        return self.Done() if self.answers else self.Never()

    def Ibcast(self, data):
        return self.Done()

    def Abort(self, code):
        self.aborted = code
        raise SystemExit(code)


@pytest.fixture
def active():
    def use(mpi, **arguments):
        made = DataParallel(mpi, **arguments)
        set_distribution(made)
        return made

    yield use
    set_distribution(None)


def test_one_process_trains_as_without_a_distribution(tmp_path, active):
    one = alone(tmp_path)
    active(Alone())
    assert_same(one, alone(tmp_path), 0)


def test_gradients_go_into_one_message_and_come_back_as_they_were(active):
    made = active(Alone(processes=3))
    given = [
        mg.Tensor(np.arange(6, dtype="float32").reshape(2, 3)),
        None,
        mg.ops.cast(mg.Tensor([0.5, 2.0]), "float16"),
        mg.Tensor(3.0),
    ]
    made._rows.assign(4.0)
    found = made.mean_over_processes(given)
    assert made._communicator.sent == 4 * (6 + 2 + 1 + 1)
    assert found[1] is None
    for mine, theirs in zip(found, given, strict=True):
        if mine is not None:
            assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("rows", "parts"),
    [(8, [2, 2, 2, 2]), (10, [2, 3, 2, 3]), (4, [1, 1, 1, 1]), (3, [3, 3, 3, 3])],
)
def test_each_process_gets_its_part_of_the_rows(active, rows, parts):
    x = mg.Tensor(np.arange(rows, dtype="float32"))
    found = []
    for process in range(4):
        made = active(Alone(process, 4))
        found.append(made.run_on_part(lambda batch: np.asarray(batch[0]), (x, None), ()))
    assert [len(part) for part in found] == parts
    if rows >= 4:
        np.testing.assert_array_equal(np.concatenate(found), x)


def test_data_that_is_in_parts_already_is_left_as_it_is(active):
    made = active(Alone(1, 2), auto_shard_dataset=False)
    assert made.run_on_part(lambda batch: batch[0].shape, (mg.ops.ones((5, 2)),), ()) == (5, 2)


def test_each_process_draws_numbers_of_its_own_from_the_same_generators(active):
    def drawn():
        generator = mg.random.SeedGenerator(3)
        first = np.asarray(mg.random.normal((4,), seed=generator))
        return first, generator.state.numpy().tolist()

    alone, state = drawn()
    found = []
    for process in range(3):
        active(Alone(process, 3))
        numbers, after = drawn()
        assert after == state
        found.append(numbers)
    np.testing.assert_array_equal(found[0], alone)
    assert len({one.tobytes() for one in found}) == 3


def test_a_process_that_gets_no_answer_ends_the_run(capsys):
    mpi = Alone(1, 2, answers=False)
    with pytest.raises(SystemExit):
        Communicator(mpi, timeout=0.05).sum(np.ones(3))
    assert mpi.aborted == 1
    assert "process 2 of 2 ends the run: no answer from the other" in capsys.readouterr().err


def test_what_is_no_distribution_is_refused():
    with pytest.raises(ValueError, match=r"Expected a `minigrad.distribution.DataParallel`"):
        set_distribution("data parallel")
    assert distribution() is None


def test_without_mpi_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r"minigrad\[mpi\]"):
        DataParallel()
