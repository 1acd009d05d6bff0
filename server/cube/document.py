"""A JSON document read section by section; every mistake is noted with file and place."""

import json
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from typing import Any

from server.cube.elements import LANGUAGES, Labels
from server.errors import IndicubeError, InvalidInput, ManyErrors
from server.store.tables import is_name


class Mistakes:
    """The mistakes found so far; raised together, so that a model is mended in one go."""

    def __init__(self) -> None:
        self._errors: list[IndicubeError] = []

    def note(self, where: str, sentence: str, allowed: Iterable[str] = ()) -> None:
        """Keep a mistake: where it is, what is wrong and what is allowed instead."""
        choices = tuple(allowed)
        message = f"{where}: {sentence}"
        if choices:
            message += f" Allowed: {', '.join(choices)}."
        self._errors.append(
            InvalidInput(message, code="invalid_model", field=where, allowed=choices)
        )

    @property
    def has_any(self) -> bool:
        """Whether a mistake was found so far."""
        return bool(self._errors)

    def raise_any(self) -> None:
        """Raise the one mistake, or all of them as `ManyErrors`; nothing when there is none."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise ManyErrors(self._errors)


class Section:
    """One JSON object with its place; a value of the wrong kind is noted and replaced."""

    def __init__(self, values: dict[str, Any], where: str, mistakes: Mistakes) -> None:
        self.values = values
        self.where = where
        self.mistakes = mistakes

    def wrong(self, sentence: str, allowed: Iterable[str] = ()) -> None:
        """Note a mistake of this section."""
        self.mistakes.note(self.where, sentence, allowed)

    def allow(self, *keys: str) -> None:
        """Note every key that is not among these."""
        for key in self.values:
            if key not in keys:
                self.wrong(f"unknown key {key!r}.", sorted(keys))

    def text(self, key: str, default: str = "") -> str:
        """The text under a key, or the default."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            self.wrong(f"{key} must be a text, it is {value!r}.")
            return default
        return value

    def name(self, key: str = "name") -> str:
        """The name under a key: it must be there and be lower case, digits and underscores."""
        value = self.text(key)
        if not is_name(value):
            self.wrong(
                f"{key} is {value!r}; a name starts with a letter and has only lower-case "
                "letters, digits and underscores."
            )
        return value

    def flag(self, key: str) -> bool:
        """The truth under a key; false when it is not there."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.wrong(f"{key} must be true or false, it is {value!r}.")
            return False
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """The list of texts under a key; empty when it is not there."""
        values = self.values.get(key, [])
        if isinstance(values, list) and all(isinstance(value, str) for value in values):
            return tuple(values)
        self.wrong(f"{key} must be a list of texts.")
        return ()

    def section(self, key: str) -> "Section":
        """The object under a key; an empty one when it is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.wrong(f"{key} must be an object.")
            value = {}
        return type(self)(value, f"{self.where}: {key}", self.mistakes)

    def sections(self, key: str, noun: str) -> list["Section"]:
        """The objects in the list under a key, each placed by its name."""
        values = self.values.get(key, [])
        if not isinstance(values, list):
            self.wrong(f"{key} must be a list.")
            return []
        return list(self._members(values, key, noun))

    def _members(self, values: list[Any], key: str, noun: str) -> Iterator["Section"]:
        for position, value in enumerate(values, start=1):
            if isinstance(value, dict):
                name = value.get("name", f"number {position}")
                yield type(self)(value, f"{self.where}: {noun} {name}", self.mistakes)
            else:
                self.wrong(f"{key} must hold objects, number {position} is {value!r}.")

    def labels(self) -> Labels:
        """The English `label` and the other languages' `labels`; each must be there."""
        return self._in_languages("label", "labels")

    def descriptions(self) -> Labels:
        """The English `description` and the others' `descriptions`; may be absent."""
        if "description" not in self.values:
            return Labels("", "")
        return self._in_languages("description", "descriptions")

    def words(self, key: str, default: Labels) -> Labels:
        """A text in every language, written as {"en": …, "zh": …}."""
        if key not in self.values:
            return default
        section = self.section(key)
        section.allow(*LANGUAGES)
        missing = [language for language in LANGUAGES if not section.text(language)]
        for language in missing:
            section.wrong(f"there is no text in {language!r}.")
        return Labels(section.text("en"), section.text("zh"))

    def _in_languages(self, key: str, others_key: str) -> Labels:
        english = self.text(key)
        others = self.section(others_key)
        others.allow(*(language for language in LANGUAGES if language != "en"))
        if not english:
            self.wrong(f"there is no {key} (the English text).")
        if not others.text("zh"):
            self.wrong(f"there is no Chinese text: {others_key} needs 'zh'.")
        return Labels(english, others.text("zh"))


def read_document(file: Traversable, where: str, mistakes: Mistakes) -> Section:
    """The JSON object in a file; an unreadable file is noted and read as an empty object."""
    return Section(_json_object(file, where, mistakes), where, mistakes)


def _json_object(file: Traversable, where: str, mistakes: Mistakes) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        mistakes.note(where, "there is no such file.")
    except UnicodeDecodeError:
        mistakes.note(where, "the file is not UTF-8.")
    except json.JSONDecodeError as error:
        mistakes.note(where, f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}.")
    else:
        if isinstance(value, dict):
            return value
        mistakes.note(where, "the file must hold one JSON object.")
    return {}
