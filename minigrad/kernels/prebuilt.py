"""What an earlier process compiled, used without Numba.

To import Numba takes longer than all else that comes before the first step of a training. Machine
code from the disk needs little of it: LLVM, to link it, and the functions in C that Numba's code
calls. Both can be loaded without Numba's Python. What else a process must know of Numba, an earlier
one has noted.
"""

import contextlib
import functools
import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
from typing import Any, TypedDict

import numpy as np

from minigrad.kernels.cache import digest, disk


class Note(TypedDict):
    """What a process notes in which Numba works.

    Attributes:
        features: What Numba makes use of in this processor, by LLVM's names.
        layer: Whose threads run parallel loops.
    """

    features: list[str]
    layer: str


@functools.cache
def noted() -> Note | None:
    """What an earlier process found out about Numba as it is installed here."""
    circumstances = about()
    if circumstances is None or sys.maxsize < 2**32:
        return None
    note = disk().load(_name(circumstances))
    return None if note is None else json.loads(note)


def note(features: list[str], layer: str) -> None:
    """Note for later processes that Numba works here, and how."""
    circumstances = about()
    if circumstances is not None:
        content = json.dumps(Note(features=features, layer=layer)).encode()
        disk().save(_name(circumstances), content)


def _name(circumstances: str) -> str:
    return f"numba-{digest(circumstances)[:32]}.json"


@functools.cache
def about() -> str | None:
    """All that machine code depends on besides its source; None where there is no Numba.

    These are versions, the processor, and how Numba was told to compile.
    """
    try:
        with open(os.path.join(_folder(), "_version.py")) as file:
            numba_version = file.read()
        import llvmlite
        from llvmlite import binding

        processor = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    except Exception:  # it is missing, or another than we know
        return None
    settings = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("NUMBA_") and name != "NUMBA_NUM_THREADS"
    }
    file_of_settings = b""
    with contextlib.suppress(OSError), open(".numba_config.yaml", "rb") as settings_file:
        file_of_settings = settings_file.read()
    versions = numba_version, llvmlite.__version__, np.__version__, sys.version
    return repr((versions, processor, sorted(settings.items()), file_of_settings))


def link(code: bytes, name: str) -> int:
    """Make machine code ready to run, and return the address of a function in it."""
    from llvmlite import binding

    _prepare()
    target = binding.Target.from_default_triple()
    # One engine each: functions of two processes may have the same name.
    engine = binding.create_mcjit_compiler(
        binding.parse_assembly(""), target.create_target_machine(opt=0)
    )
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = int(engine.get_function_address(name))
    if not address:
        raise RuntimeError(f"link: there is no function {name} in this machine code.")
    _engines.append(engine)
    return address


_engines: list[Any] = []  # machine code goes away with its engine


@functools.cache
def _prepare() -> None:
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    for module, prefix in (("_helperlib", "numba_"), ("core.runtime._nrt_python", "NRT_")):
        for name, address in extension(f"numba.{module}").c_helpers.items():
            binding.add_symbol(name if name.startswith("_") else f"{prefix}{name}", address)
            if binding.address_of_symbol(name) is None:  # a function of C that the process lacks
                binding.add_symbol(name, address)


def extension(name: str) -> Any:
    """A module of Numba that is written in C, without the rest of Numba."""
    if "numba" in sys.modules:
        return importlib.import_module(name)
    path = os.path.join(_folder(), *name.split(".")[1:])
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        spec = importlib.util.spec_from_file_location(name, path + suffix)
        if spec is not None and spec.loader is not None and os.path.exists(path + suffix):
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module  # Python knows it now: Numba will get the same
    raise ImportError(f"{name} is not where it was expected.", name=name)


@functools.cache
def _folder() -> str:
    spec = importlib.util.find_spec("numba")
    if spec is None or not spec.origin:
        raise ImportError("There is no Numba.", name="numba")
    return os.path.dirname(spec.origin)
