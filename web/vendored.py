"""The browser files of others: `python -m web.vendored` fetches what the table names, exactly."""

import base64
import hashlib
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("vendored.toml")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class VendoredFile:
    """One file of a package and the place where it is kept."""

    source: str  # path inside the tarball
    path: Path  # relative to the root of the repository
    sha256: str


@dataclass(frozen=True)
class Package:
    """A package in one exact version, proved by the hash of its tarball."""

    name: str
    version: str
    licence: str
    integrity: str
    files: tuple[VendoredFile, ...]


def packages() -> tuple[Package, ...]:
    """The table, in its order."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(_package(entry) for entry in table["package"])


def digest(path: Path) -> str:
    """SHA-256 of a file as kept."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(package: Package) -> None:
    """Pack the exact version with npm, check its hash, keep the named files."""
    with tempfile.TemporaryDirectory() as folder:
        tarball = _pack(package, Path(folder))
        _check(package, tarball)
        with tarfile.open(tarball) as archive:
            for file in package.files:
                _keep(archive, file)


def _package(entry: dict[str, object]) -> Package:
    files = entry["files"]
    if not isinstance(files, list):
        raise ValueError(f"{TABLE.name}: `files` of {entry['name']} is not a list of tables")
    return Package(
        name=str(entry["name"]),
        version=str(entry["version"]),
        licence=str(entry["licence"]),
        integrity=str(entry["integrity"]),
        files=tuple(
            VendoredFile(file["source"], Path(file["path"]), file["sha256"]) for file in files
        ),
    )


def _pack(package: Package, folder: Path) -> Path:
    wanted = f"{package.name}@{package.version}"
    command = ["npm", "pack", wanted, "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.tgz"))


def _check(package: Package, tarball: Path) -> None:
    found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if package.integrity != f"sha512-{found}":
        raise ValueError(
            f"{package.name} {package.version}: the tarball is sha512-{found}, "
            f"{TABLE.name} says {package.integrity}"
        )


def _keep(archive: tarfile.TarFile, file: VendoredFile) -> None:
    member = archive.extractfile(file.source)
    if member is None:
        raise ValueError(f"{file.source} is not a file of the package")
    target = ROOT / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(member.read())


if __name__ == "__main__":
    for named in packages():
        fetch(named)
