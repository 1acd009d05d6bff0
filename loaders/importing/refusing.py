"""Tells all that is wrong with a model and its data, each mistake on a line with file and place."""

from pathlib import Path

from loaders.importing.documents import Document
from server.commands.checking import placed
from server.errors import IndicubeError, InvalidInput, LoadRejected


def refuse(document: Document, folder: Path, errors: list[IndicubeError]) -> None:
    """Raise what is wrong, if anything is: the model's mistakes are the asker's to mend.

    Raises:
        InvalidInput: the model has mistakes.
        LoadRejected: only the data have.
    """
    if not errors:
        return
    of_model = [error for error in errors if not isinstance(error, LoadRejected)]
    of_data = [error for error in errors if isinstance(error, LoadRejected)]
    lines = [each.sentence for each in placed(folder, of_model)]
    lines += dict.fromkeys(error.message for error in of_data)
    noun = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    told = "\n  ".join([f"{document.where} is not imported, {noun}:", *lines])
    kind = InvalidInput if of_model else LoadRejected
    raise kind(told, code="invalid_model" if of_model else "load_rejected")
