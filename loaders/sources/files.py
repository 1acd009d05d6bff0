"""Files as sources: a path, or a data file of an installed package that is never imported."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import BinaryIO, cast

from loaders.specification import Source
from server.errors import LoadRejected, NotFound

# A member that unpacks to far more than any table of text would is an attack or a mistake.
MOST_RATIO = 200
_ARCHIVE = b"PK\x03\x04"


def locate(source: Source, given: Path | None = None) -> Path:
    """The file to load: the one given, or the one that the specification names."""
    if given is not None:
        return _existing(given)
    if source.package is None:
        return _existing(Path(source.file))
    return _in_package(source.package, source.file)


@contextmanager
def open_text(path: Path, shown: str, member: str | None) -> Iterator[BinaryIO]:
    """The bytes of the text, unpacked when the file is an archive; a broken one is rejected."""
    with path.open("rb") as file:
        is_archive = file.read(len(_ARCHIVE)) == _ARCHIVE
        if not is_archive and member is not None and shown.endswith(".zip"):
            raise LoadRejected(f"{shown} is not a zip archive")
        file.seek(0)
        if not is_archive:
            yield file
            return
        with _opened_archive(file, shown) as archive:
            yield from _members(archive, shown, member)


def member_of(path: Path, shown: str, member: str | None) -> str | None:
    """The file inside the archive that is read; None when the source is plain."""
    with path.open("rb") as file:
        if file.read(len(_ARCHIVE)) != _ARCHIVE:
            return None
        file.seek(0)
        with _opened_archive(file, shown) as archive:
            return _member(archive, shown, member).filename


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NotFound(f"there is no file {path}", field="file")
    return path


def _in_package(package: str, file: str) -> Path:
    try:
        listed = files(package) or []
    except PackageNotFoundError:
        raise NotFound(
            f"the package {package} is not installed; it brings {file}", field="package"
        ) from None
    for entry in listed:
        if entry.as_posix().endswith(f"/{file}") or entry.as_posix() == file:
            return _existing(Path(str(entry.locate())))
    raise NotFound(f"the package {package} holds no file {file}", field="file")


@contextmanager
def _opened_archive(file: BinaryIO, shown: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise LoadRejected(f"{shown} is a broken zip archive, or was cut: {error}") from None
    except (EOFError, zlib.error, NotImplementedError) as error:
        raise LoadRejected(f"{shown} cannot be unpacked: {error}") from None


def _members(archive: zipfile.ZipFile, shown: str, member: str | None) -> Iterator[BinaryIO]:
    wanted = _member(archive, shown, member)
    if wanted.file_size > MOST_RATIO * max(wanted.compress_size, 1):
        raise LoadRejected(
            f"{shown}: {wanted.filename} unpacks to more than {MOST_RATIO} times its size"
        )
    if wanted.flag_bits & 1:
        raise LoadRejected(f"{shown}: {wanted.filename} is encrypted")
    with archive.open(wanted) as opened:
        yield cast(BinaryIO, opened)


def _member(archive: zipfile.ZipFile, shown: str, member: str | None) -> zipfile.ZipInfo:
    listed = [info for info in archive.infolist() if not info.is_dir()]
    if member is None and len(listed) == 1:
        return listed[0]
    for info in listed:
        if info.filename == member:
            return info
    names = ", ".join(info.filename for info in listed[:10])
    raise LoadRejected(f"{shown} holds no file {member!r}; it holds: {names or 'nothing'}")
