"""Processes that are made quickly, by forking one that has everything loaded, to be killed."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRIVER = """
import os, sys
sys.path.insert(0, {root!r})
from {module} import {function} as work, warm_up
warm_up()  # what is loaded here need not be loaded by each child
for line in sys.stdin:
    child = os.fork()
    if not child:
        work(*sys.argv[1:], line.strip())
        os._exit(0)
    os.write(1, b"%d\\n" % child)
    os.waitpid(child, 0)
    os.write(1, b"over\\n")
"""


class Forks:
    """Runs `function(*arguments, word)` of a module in a fresh process, as often as asked.

    The module's `warm_up()` is called once, before.
    """

    def __init__(self, module, function, *arguments):
        code = DRIVER.format(root=str(ROOT), module=module, function=function)
        self._driver = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=ROOT,
        )

    def start(self, word):
        """Start one; it is told `word`. What it prints first is read by `line`."""
        self._driver.stdin.write(f"{word}\n")
        first = self.line()
        self.waiting = []
        while not first.isdigit():  # a quick child may speak before the driver does
            self.waiting.append(first)
            first = self.line()
        self.child = int(first)

    def line(self):
        return self._driver.stdout.readline().strip()

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)

    def rest(self):
        """What it printed until it was over."""
        lines, self.waiting = self.waiting, []
        while (line := self.line()) != "over":
            lines.append(line)
        return lines

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._driver.stdin.close()
        self._driver.wait()
        self._driver.stdout.close()
