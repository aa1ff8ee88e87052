"""Communicator: what processes tell each other, with a limit of time and a clock.

All goes through one class, so that a process which waits for one that is gone ends with a message
instead of waiting for ever.
"""

import json
import os
import sys
import time
import traceback

import numpy as np


class Communicator:
    """The processes of a run, by MPI.

    Args:
        mpi: An `mpi4py` communicator; by default all processes that `mpiexec` started.
        timeout: So many seconds may pass without an answer before the run is ended.

    Attributes:
        process: The number of this process, 0 for the first.
        processes: How many there are.
        seconds: Time spent communicating, waiting for others included.
        sent: Bytes of the arrays that were summed.

    Raises:
        ImportError: without mpi4py, or where it finds no MPI.
    """

    def __init__(self, mpi=None, timeout=600.0):
        self._mpi = mpi or _world()
        self.timeout = timeout
        self.process = self._mpi.Get_rank()
        self.processes = self._mpi.Get_size()
        self.seconds = 0.0
        self.sent = 0

    def sum(self, array):
        """The sum of an array over all processes, a new array."""
        begun = time.perf_counter()
        array = np.ascontiguousarray(array)
        total = np.empty_like(array)
        self._wait(self._mpi.Iallreduce(array, total))
        self.sent += array.nbytes
        self.seconds += time.perf_counter() - begun
        return total

    def from_first(self, array):
        """The array of the first process, in all."""
        begun = time.perf_counter()
        # Bytes: MPI has no halves.
        data = np.frombuffer(np.ascontiguousarray(array).tobytes(), "uint8").copy()
        self._wait(self._mpi.Ibcast(data))
        self.seconds += time.perf_counter() - begun
        return data.view(array.dtype).reshape(array.shape)

    def value_from_first(self, value):
        """A value of the first process, one that JSON takes, in all."""
        text = json.dumps(value).encode() if self.process == 0 else b""
        size = int(self.from_first(np.array(len(text), "int64")))
        data = np.frombuffer(text, "uint8") if self.process == 0 else np.empty(size, "uint8")
        return json.loads(self.from_first(data).tobytes())

    def _wait(self, request):
        deadline = time.monotonic() + self.timeout
        while not request.Test():
            if time.monotonic() > deadline:
                self.end(
                    f"no answer from the other processes for {self.timeout:g} s: one of them is "
                    "gone or does something else"
                )

    def end(self, reason, error=None):
        """End the run, in all processes, with a message."""
        trace = "" if error is None else "".join(traceback.format_exception(error))
        # In one piece, and some time before the end: the launcher passes on what it has read.
        sys.stderr.write(
            f"{trace}minigrad: process {self.process + 1} of {self.processes} ends the run: "
            f"{reason}. Start it again: a BackupAndRestore goes on with its last backup.\n"
        )
        sys.stderr.flush()
        time.sleep(0.5)
        self._mpi.Abort(1)
        os._exit(1)  # where Abort returns


def _world():
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # no package, or no MPI library
        raise ImportError(
            "Several processes need MPI: pip install 'minigrad[mpi]', or mpi4py and an MPI of your "
            "system, and start the script by `mpiexec -n 2 python script.py`. "
            f"The error was: {error}"
        ) from error
    return MPI.COMM_WORLD
