"""Texts for people, in the language of the answer: the typed doors to the catalogues.

The text in the code is the English one, and the key to every other language.
"""

import flask_babel  # type: ignore[import-untyped]


def gettext(text: str, **values: object) -> str:
    """The text with its values, in the language of the answer."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The text that fits a number, in the language of the answer."""
    return str(flask_babel.ngettext(one, many, num, **values))


def named(name: str, words: str) -> str:
    """What something is called, and what is said of it."""
    return gettext("%(before)s: %(rest)s", before=name, rest=words)


class LazyText:
    """A text that is put into a language when it is shown."""

    def __init__(self, text: str) -> None:
        self.text = text  # the English one

    def __str__(self) -> str:
        return str(flask_babel.gettext(self.text))


def lazy_gettext(text: str) -> LazyText:
    """A text that is named before there is an answer to show it in."""
    return LazyText(text)
