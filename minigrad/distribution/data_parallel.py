"""DataParallel: every process learns from its part of each batch, all have the same weights."""

import time

import numpy as np

from minigrad import dtypes, tree
from minigrad.autograd.primitive import primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.distribution.communicator import Communicator
from minigrad.ops.casting import cast
from minigrad.ops.shaping import join, reshape
from minigrad.random.seed_generator import global_seed_generator
from minigrad.variable import Variable

_communicators = []  # of sums in compiled steps, by number

sum_over_processes = primitive(
    "sum_over_processes",
    lambda x, communicator: _communicators[communicator].sum(x),
    shape=lambda x, communicator: x.shape,
)


class DataParallel:
    """Trains a model on several processes that `mpiexec` started, on one machine or many.

    The script is the same for one process and for many:

    ```python
    keras.distribution.set_distribution(keras.distribution.DataParallel())
    model.fit(x, y, ...)  # `mpiexec -n 4 python script.py`
    ```

    `fit`, `evaluate`, `train_on_batch` and `test_on_batch` take the whole batch in every process;
    each computes with its part of the rows. An optimizer's gradients become those of the whole
    batch, all in one message, so that a step equals that of one process to rounding, as far as the
    loss is a mean over rows. (Statistics of `BatchNormalization` are those of a process's part.)
    `fit` begins with the weights and the random numbers of the first process, which alone shows
    progress and writes files; each process draws its own noise, of Dropout say. Losses and metrics
    that are told are those of all rows. `predict` computes everything everywhere.

    Args:
        communicator: An `mpi4py` communicator; by default all processes.
        auto_shard_dataset: False: what a process gets is its own part already.
        timeout: Seconds without an answer from another process, after which the run is ended.

    Attributes:
        process: The number of this process; 0 for the first.
        processes: How many there are.
        share_of_communication: The part of the time in `fit` that went into communicating, waiting
            for slower processes included.

    Raises:
        ImportError: without mpi4py and an MPI.
    """

    def __init__(self, communicator=None, auto_shard_dataset=True, timeout=600.0):
        self._communicator = Communicator(communicator, timeout)
        self._number = len(_communicators)
        _communicators.append(self._communicator)
        self.auto_shard_dataset = auto_shard_dataset
        self.process = self._communicator.process
        self.processes = self._communicator.processes
        # How much this process counts in the next mean: the rows of its part of the batch.
        self._rows = Variable(1.0, dtype="float32", trainable=False, name="rows")
        self._seconds_training = self._seconds_communicating = 0.0

    @property
    def share_of_communication(self):
        return self._seconds_communicating / max(self._seconds_training, 1e-12)

    # Gradients

    def mean_over_processes(self, gradients):
        """The mean of each gradient, processes weighted by their rows; one message for all."""
        places = [i for i, one in enumerate(gradients) if one is not None]
        if not places:
            return gradients
        dtype = dtypes.result_type(*(gradients[i].dtype for i in places))
        dtype = "float32" if dtypes.result_type(dtype, "float32") == "float32" else "float64"
        rows = cast(self._rows, dtype)
        parts = [reshape(cast(gradients[i], dtype), (-1,)) * rows for i in places]
        total = sum_over_processes(
            join(*parts, reshape(rows, (1,)), axis=0), communicator=self._number
        )
        factor = 1.0 / total[-1]
        found, start = list(gradients), 0
        for i in places:
            gradient = gradients[i]
            size = int(np.prod(gradient.shape, dtype=np.int64))
            part = total[start : start + size] * factor
            found[i] = cast(reshape(part, gradient.shape), gradient.dtype)
            start += size
        return found

    # Batches

    def run_on_part(self, run, batch, metrics):
        """`run` on this process's rows of a batch.

        Args:
            run: A step of a model.
            batch: A structure of Tensors.
            metrics: The Variables that count rows.
        """
        rows = next(x.shape[0] for x in tree.flatten(batch) if x is not None)
        if not self.auto_shard_dataset:
            self._rows.assign(float(rows))
            return run(batch)
        if rows >= self.processes:
            start, stop = (rows * i // self.processes for i in (self.process, self.process + 1))
            self._rows.assign(float(stop - start))
            return run(tree.map_structure(lambda x: x[start:stop], batch, none_is_leaf=False))
        # Too few rows for all: everybody computes with all of them, and they count once.
        self._rows.assign(1.0)
        before = [variable.value for variable in metrics] if self.process else []
        result = run(batch)
        for variable, value in zip(metrics, before):
            variable.assign(value)
        return result

    def sum_metrics(self, variables):
        """Make what the processes counted in metrics one: the sum in all of them."""
        variables = [one for one in variables if one.aggregation == "sum"]
        if variables and self.processes > 1:
            flat = np.concatenate([one.numpy().astype("float64").ravel() for one in variables])
            self._deal(variables, self._communicator.sum(flat))

    def mean_of_states(self, variables):
        """Make moving averages, which no gradient changes, those of all processes: their mean."""
        variables = [one for one in variables if dtypes.is_float(one.dtype)]
        if variables and self.processes > 1:
            flat = np.concatenate([one.numpy().astype("float64").ravel() for one in variables])
            self._deal(variables, self._communicator.sum(flat) / self.processes)

    @staticmethod
    def _deal(variables, flat):
        start = 0
        for variable in variables:
            value = flat[start : start + variable.size].reshape(variable.shape)
            if variable.dtype.startswith(("int", "uint")):
                value = np.rint(value)
            variable.assign(as_tensor(value, variable.dtype))
            start += variable.size

    # Training

    def begin(self, variables, value):
        """Start a training from the state of the first process.

        Args:
            variables: Of the model and its optimizer.
            value: What else the first process knows, for JSON.

        Returns:
            The `value` of the first process.
        """
        self._began = time.perf_counter(), self._communicator.seconds
        value, count = self._communicator.value_from_first([value, len(variables)])
        if count != len(variables):
            raise RuntimeError(
                "The processes have different models: all must build the same one. "
                f"Received: {len(variables)} variables, but {count} in the first process"
            )
        for variable in [*variables, global_seed_generator().state]:
            found = self._communicator.from_first(variable.numpy())
            if self.process:
                variable.assign(found)
        return value

    def finish(self):
        """Count the time of a training that ends."""
        began, communicating = self._began
        self._seconds_training += time.perf_counter() - began
        self._seconds_communicating += self._communicator.seconds - communicating

    def any(self, flag):
        """Whether a flag is set in one of the processes."""
        if self.processes == 1:
            return flag
        return bool(self._communicator.sum(np.array(bool(flag), "int32")))

    def fail(self, error):
        """End the run, because this process cannot go on."""
        if self.processes > 1:
            self._communicator.end(f"{type(error).__name__} in `fit`: {error}", error)
