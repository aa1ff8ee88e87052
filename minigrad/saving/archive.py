"""`.keras` files: a zip of config.json, metadata.json, model.weights.h5 and assets."""

import contextlib
import datetime
import io
import json
import os
import tempfile
import warnings
import zipfile
from pathlib import Path, PurePosixPath

from minigrad.budget import budget_of, memory_budget
from minigrad.saving.files import replacing, write_bytes
from minigrad.saving.scopes import ObjectSharingScope
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object
from minigrad.saving.stores import H5Reader, H5Writer
from minigrad.saving.walk import load_state, save_state

CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets"
KERAS_VERSION = "3.15.1"  # of the format that is written

# A member of an archive may be this many times larger than what is stored of it, once it is this
# large; members of Keras's own archives are stored as they are.
MAX_EXPANSION = 100
EXPANSION_FLOOR = 1 << 24
MAX_CONFIG = 1 << 28
MAX_MEMBERS = 100_000
MAX_DEPTH = 500


def write_archive(model, file):
    """Write a model as a zip to a binary file object."""
    with tempfile.TemporaryDirectory() as assets:
        parts = _parts(model, assets)
        with zipfile.ZipFile(file, "w") as archive:
            for name in (METADATA, CONFIG, WEIGHTS):
                with archive.open(name, "w", force_zip64=True) as member:
                    member.write(parts[name])
            for path in _files_below(assets):
                archive.write(path, str(PurePosixPath(ASSETS, *path.relative_to(assets).parts)))


def save_archive(model, filepath):
    """Write a model to a `.keras` file, whole or not at all."""
    with replacing(filepath) as file:
        write_archive(model, file)


def save_folder(model, folder):
    """Write a model as a folder of the files that an archive has."""
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as assets:
        parts = _parts(model, assets)
        for path in _files_below(assets):
            target = Path(folder, ASSETS, path.relative_to(assets))
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, path.read_bytes())
    for name in (METADATA, WEIGHTS, CONFIG):
        write_bytes(os.path.join(folder, name), parts[name])


def _files_below(folder):
    return [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]


def _parts(model, assets):
    if not model.built:
        warnings.warn(
            "You are saving a model that has not yet been built. It might not contain any weights "
            "yet. Consider building the model first by calling it on some data.",
            stacklevel=6,
        )
    with ObjectSharingScope():
        config = serialize_keras_object(model)
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = {"keras_version": KERAS_VERSION, "date_saved": now}
    weights = H5Writer()
    save_state(model, weights, assets)
    return {
        CONFIG: json.dumps(config).encode(),
        METADATA: json.dumps(metadata).encode(),
        WEIGHTS: weights.getbuffer(),
    }


def read_archive(file, custom_objects=None, compile=True, safe_mode=True):
    """The model in an archive, a path or a binary file object.

    Raises ValueError if it is no archive of a model, or one that could do harm.
    """
    with _opened(file) as archive:
        config = _read(archive, CONFIG, MAX_CONFIG)
        with memory_budget(budget_of(_member(archive, WEIGHTS).file_size)):
            model = model_from(config, custom_objects, compile, safe_mode)
        with contextlib.ExitStack() as stack:
            weights = stack.enter_context(H5Reader(io.BytesIO(_read(archive, WEIGHTS))))
            assets = _unpacked_assets(archive, stack)
            load_state(model, weights, assets)
    return model


def read_archived_weights(file):
    """The weights in an archive, for `load_state`."""
    with _opened(file) as archive:
        return H5Reader(io.BytesIO(_read(archive, WEIGHTS)))


def read_parts(file):
    """Weights, config and metadata of an archive, as bytes."""
    with _opened(file) as archive:
        return tuple(_read(archive, name) for name in (WEIGHTS, CONFIG, METADATA))


def read_folder(folder, custom_objects=None, compile=True, safe_mode=True):
    """The model in a folder that `save_folder` wrote."""
    config = Path(folder, CONFIG).read_bytes()
    with memory_budget(budget_of(os.path.getsize(Path(folder, WEIGHTS)))):
        model = model_from(config, custom_objects, compile, safe_mode)
    assets = Path(folder, ASSETS)
    with H5Reader(Path(folder, WEIGHTS)) as weights:
        load_state(model, weights, str(assets) if assets.is_dir() else None)
    return model


def model_from(text, custom_objects, compile, safe_mode):
    """The model of a config in JSON."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{CONFIG} of the archive is not readable JSON: {error}") from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(
            f"{CONFIG} of the archive does not describe a model. Received: {str(config)[:200]}"
        )
    _check_depth(config)
    if not compile:
        config["compile_config"] = None
    try:
        with ObjectSharingScope():
            model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
    except (ValueError, TypeError):
        raise
    except Exception as error:  # whatever a config leads to that no `get_config` wrote
        raise ValueError(
            f"No model can be made from {CONFIG} of the archive. It is damaged, or does not fit "
            f"the classes that it names. The error was: {type(error).__name__}: {error}"
        ) from error
    if not hasattr(model, "load_own_variables"):
        raise ValueError(f"The archive holds no model. Received: {type(model).__name__}")
    return model


def _check_depth(config):
    level, depth = [config], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(
                f"{CONFIG} of the archive is nested more than {MAX_DEPTH} levels deep: no model's "
                "config is."
            )
        level = [
            value
            for one in level
            for value in (one.values() if isinstance(one, dict) else one)
            if isinstance(value, dict | list)
        ]


@contextlib.contextmanager
def _opened(file):
    """The zip, its members checked; its own errors become ValueErrors."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"This is no `.keras` archive: {error}. Received: {file}") from error
    with archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise ValueError(f"The archive has {len(members)} members: no model's archive has.")
        for member in members:
            _check_member(member)
        yield archive


def _check_member(member):
    name = member.filename
    path = PurePosixPath(name)
    kind = member.external_attr >> 28  # of the file: 0xA is a symbolic link
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or kind == 0xA:
        raise ValueError(
            f"Not allowed: a member of the archive that leads out of it. Received: {name!r}"
        )
    size, stored = member.file_size, member.compress_size
    if size > EXPANSION_FLOOR and size > MAX_EXPANSION * stored:
        raise ValueError(
            f"Not allowed: archive member '{name}' declares {size} bytes, but only {stored} are "
            "stored: a potential decompression bomb."
        )


def _member(archive, name):
    try:
        return archive.getinfo(name)
    except KeyError:
        raise ValueError(
            f"The archive has no {name}, so it is no `.keras` archive of a model. "
            f"Received: members {archive.namelist()[:10]}"
        ) from None


def _read(archive, name, limit=None):
    member = _member(archive, name)
    if limit is not None and member.file_size > limit:
        raise ValueError(f"{name} of the archive is larger than {limit} bytes.")
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise _damaged(name, error) from error
    except Exception as error:  # of zlib, lzma or bz2
        raise _damaged(name, error) from error


def _damaged(name, error):
    return ValueError(f"{name} of the archive is damaged: {error}")


def _unpacked_assets(archive, stack):
    """A folder with the assets, or None if there are none; it is gone when the stack closes."""
    names = [one for one in archive.namelist() if one.startswith(f"{ASSETS}/")]
    if not names:
        return None
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    for name in names:
        target = Path(folder, *PurePosixPath(name).parts)
        if name.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_read(archive, name))
    return str(Path(folder, ASSETS))
