"""Makes the two fonts of exports from the npm package that `origin.toml` names.

`python .ci/fonts.py TARBALL`: checks the tarball, joins its Latin and Chinese parts, names the
weights so that renderers find them, and writes server/exports/fonts/*.ttf with their hashes.
"""

import base64
import hashlib
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from fontTools.merge import Merger
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[1] / "server" / "exports" / "fonts"
WEIGHTS = {400: "Regular", 700: "Bold"}
# The numbered parts hold the marks of the statuses.
PARTS = ("latin", "latin-ext", "chinese-simplified", "88", "100", "102", "105", "106")


def main(tarball: Path) -> None:
    """Make both weights."""
    origin = tomllib.loads((FOLDER / "origin.toml").read_text(encoding="utf-8"))
    found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if origin["integrity"] != f"sha512-{found}":
        sys.exit(f"{tarball} is not {origin['name']} {origin['version']}")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(tarball) as archive:
        for weight, style in WEIGHTS.items():
            path = FOLDER / f"NotoSansSC-{style}.ttf"
            joined(archive, weight, Path(folder), style).save(path)
            sys.stdout.write(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n")
        licence = archive.extractfile("package/LICENSE")
        assert licence is not None
        (FOLDER / "LICENSE").write_bytes(licence.read())


def joined(archive: tarfile.TarFile, weight: int, folder: Path, style: str) -> TTFont:
    """The parts of one weight as one font, with names that say its weight."""
    paths = [str(plain(archive, part, weight, folder)) for part in PARTS]
    font = Merger().merge(paths)
    names = {1: "Noto Sans SC", 2: style, 4: f"Noto Sans SC {style}", 6: f"NotoSansSC-{style}"}
    table = font["name"]
    for identifier in (3, 16, 17, 21, 22, 25):
        table.removeNames(nameID=identifier)
    for identifier, text in names.items():
        table.removeNames(nameID=identifier)
        table.setName(text, identifier, 3, 1, 0x409)
    add_delta(font, stroke=80 if weight == 400 else 130)
    font["OS/2"].usWeightClass = weight
    is_bold = weight == 700
    font["OS/2"].fsSelection = 0b100000 if is_bold else 0b1000000
    font["head"].macStyle = int(is_bold)
    font["head"].created = font["head"].modified = 0
    font.recalcTimestamp = False
    return font


def add_delta(font: TTFont, stroke: int) -> None:
    """Draw the capital delta of variances, which the package lacks: a triangle with a hole."""
    pen = TTGlyphPen(None)
    for corners in (
        ((25, 0), (335, 733), (645, 0)),
        ((25 + stroke * 3 // 2, stroke), (645 - stroke * 3 // 2, stroke), (335, 733 - stroke * 2)),
    ):
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    font.setGlyphOrder([*font.getGlyphOrder(), "Delta"])
    font["glyf"]["Delta"] = pen.glyph()
    font["hmtx"]["Delta"] = (670, 25)
    for table in font["cmap"].tables:
        table.cmap[0x394] = "Delta"


def plain(archive: tarfile.TarFile, part: str, weight: int, folder: Path) -> Path:
    """One part of the package without its compression and layout features."""
    member = archive.extractfile(f"package/files/noto-sans-sc-{part}-{weight}-normal.woff2")
    assert member is not None
    font = TTFont(member)
    font.flavor = None
    for tag in ("GSUB", "GPOS", "GDEF", "vhea", "vmtx", "VORG", "BASE", "STAT", "DSIG"):
        if tag in font:
            del font[tag]
    path = folder / f"{part}-{weight}.ttf"
    font.save(path)
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
