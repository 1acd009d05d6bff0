"""The catalogues of texts: `python -m web.catalogues` reads the texts that the code and the
templates show, brings `translations/*/messages.po` up to date and compiles them.

English is the key and its own translation. What has no Chinese yet is left empty, and a test
names it.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parent
LANGUAGES = ("en", "zh")
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}


def shown_texts() -> Catalog:
    """Every text that the code and the templates show."""
    catalog = Catalog(project="Indicube", fuzzy=False)
    found = extract_from_dir(
        WEB,
        method_map=_METHODS,
        options_map={"templates/**.html": {"silent": "false", "trimmed": "true"}},
        keywords=_KEYWORDS,
    )
    for path, _line, text, _comments, _context in found:
        catalog.add(text, locations=[(path, 0)])
    return catalog


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands."""
    with source_path(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as the running application reads it."""
    target = BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def untranslated(language: str) -> tuple[str, ...]:
    """The texts without a sure translation."""
    return tuple(
        _key(message)
        for message in _messages(catalogue(language))
        if message.fuzzy or not all(_texts(message))
    )


def source_path(language: str) -> Path:
    """Where the texts of a language are written."""
    return WEB / "translations" / language / "LC_MESSAGES" / "messages.po"


def compiled_path(language: str) -> Path:
    """Where the compiled texts of a language are."""
    return source_path(language).with_suffix(".mo")


def refresh() -> None:
    """Bring every catalogue up to date with what is shown, and compile it."""
    shown = shown_texts()
    for language in LANGUAGES:
        kept = _kept(language, shown)
        with source_path(language).open("wb") as file:
            write_po(file, kept, width=100, sort_output=True, omit_header=False, no_location=True)
        compiled_path(language).write_bytes(compiled(kept))


def _kept(language: str, shown: Catalog) -> Catalog:
    """The shown texts with the translations that are known; English says what the key says."""
    known = catalogue(language) if source_path(language).exists() else Catalog(locale=language)
    kept = Catalog(
        locale=language,
        project="Indicube",
        version="1",
        header_comment="",
        msgid_bugs_address="",
        last_translator="",
        language_team=language,
        fuzzy=False,
    )
    kept.creation_date = kept.revision_date = known.creation_date
    for message in _messages(shown):
        before = known.get(message.id)
        told = message.id if language == "en" else before.string if before else ""
        kept.add(message.id, told, flags=message.flags)
    source_path(language).parent.mkdir(parents=True, exist_ok=True)
    return kept


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


if __name__ == "__main__":
    refresh()
