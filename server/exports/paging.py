"""Lays HTML out as PDF in a process of its own: `python -m server.exports.paging FILE`.

The HTML comes on standard input. Nothing is fetched but our own fonts and what the text itself
carries.
"""

import sys
from pathlib import Path
from typing import Any

FONTS = Path(__file__).with_name("fonts")
NO_PANGO = (
    "PDF files need the library Pango; on Debian: apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


def main(path: Path) -> None:
    """Write the PDF, or say in one line what is missing."""
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]
        from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]
    except OSError:
        sys.exit(NO_PANGO)

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        """Fetches our fonts and what the page carries itself."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith(("data:", FONTS.as_uri())):
                raise ValueError(f"{url[:80]} is not fetched")
            return super().fetch(url, headers)

    page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=OwnFiles())
    page.write_pdf(str(path))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
