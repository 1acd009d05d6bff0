"""The browser files of others are exactly those that the table names."""

from pathlib import Path

import pytest

from web import vendored
from web.vendored import Package

PACKAGES = vendored.packages()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: one.name)
def test_every_file_is_the_one_that_was_taken(package: Package) -> None:
    assert package.files
    for file in package.files:
        assert vendored.digest(vendored.ROOT / file.path) == file.sha256


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: one.name)
def test_every_package_is_named_with_an_exact_version_its_licence_and_its_hash(
    package: Package,
) -> None:
    assert package.version.count(".") == 2
    assert not set(package.version) & set("^~*x> ")
    assert package.licence in {"0BSD", "Apache-2.0", "MPL-2.0"}
    assert package.integrity.startswith("sha512-")
    assert len(package.integrity) == 95


def test_nothing_lies_there_that_the_table_does_not_name() -> None:
    folders = (Path("web/static/vendor"), Path("tests/web/vendor"))
    lying = {
        path.relative_to(vendored.ROOT)
        for folder in folders
        for path in (vendored.ROOT / folder).iterdir()
    }

    assert lying == {file.path for package in PACKAGES for file in package.files}
