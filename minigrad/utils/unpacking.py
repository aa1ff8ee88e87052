"""Archives unpacked to disk, where no member lands outside of the folder that was named."""

import contextlib
import os
import shutil
import tempfile
import warnings
from pathlib import Path, PurePosixPath, PureWindowsPath


def unpack(archive: str | os.PathLike, folder: str | os.PathLike, archive_format="auto") -> bool:
    """Unpack a tar or zip archive into a folder, all of it or nothing.

    Members whose path or link leads out of the folder are left out, with a warning. Files that
    the folder has already, and the archive has too, are replaced; others stay.

    Args:
        archive: Path of the archive.
        folder: Made if it is missing.
        archive_format: "tar" (compressed or not), "zip", a list of these, "auto" for either,
            None for none.

    Returns:
        Whether it was an archive of one of these formats.

    Raises:
        FileNotFoundError: there is no such archive.
        ValueError: an unknown format.
    """
    if archive_format == "auto":
        archive_format = ["tar", "zip"]
    formats = [archive_format] if isinstance(archive_format, str) else archive_format or []
    for name in formats:
        if name not in ("tar", "zip"):
            raise ValueError(
                '`archive_format` must be "auto", "tar", "zip" or None. '
                f"Received: archive_format={archive_format!r}"
            )
        is_archive, extract = {"tar": (_is_tar, _extract_tar), "zip": (_is_zip, _extract_zip)}[name]
        if is_archive(archive):
            _whole(lambda place, extract=extract: extract(archive, place), Path(folder))
            return True
    return False


def _whole(extract, folder):
    """Extract beside `folder` first, so that an interrupted extraction leaves nothing behind."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=folder.name, suffix=".part", dir=folder.parent))
    try:
        extract(temporary)
        temporary.chmod(0o755)  # mkdtemp's 0700 would hide a shared cache from its users
        if not folder.exists():
            temporary.rename(folder)
            return
        for root, folders, files in os.walk(temporary):
            place = folder / Path(root).relative_to(temporary)
            place.mkdir(exist_ok=True)
            linked = [name for name in folders if os.path.islink(os.path.join(root, name))]
            for name in [*files, *linked]:
                # Over a folder, or a link to one, no file can be written: an error, as it should.
                os.replace(os.path.join(root, name), place / name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(temporary)


def _is_tar(path):
    import tarfile

    return tarfile.is_tarfile(path)


def _is_zip(path):
    import zipfile

    return zipfile.is_zipfile(path)


def _extract_tar(path, folder):
    import tarfile

    if not hasattr(tarfile, "data_filter"):
        raise RuntimeError("Unpacking a tar archive safely needs Python 3.11.4 or later.")
    with tarfile.open(path) as archive:
        for member in archive:
            if _leads_out(member.name):
                _skip(member.name)
                continue
            try:
                archive.extract(member, folder, filter="data")
            except tarfile.FilterError:
                _skip(member.name)


def _extract_zip(path, folder):
    import zipfile

    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if _leads_out(member.filename):
                _skip(member.filename)
            else:
                archive.extract(member, folder)


def _leads_out(name):
    windows = PureWindowsPath(name)
    return bool(
        PurePosixPath(name).is_absolute() or windows.drive or windows.root or ".." in windows.parts
    )


def _skip(name):
    warnings.warn(f"Skipping invalid path during archive extraction: {name!r}.", stacklevel=6)
