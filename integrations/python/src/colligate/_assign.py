"""What is done with a finished run: new documents, and questions to it."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
import typing

from . import _program
from ._cluster import pointer
from ._result import Result, columns, lines
from ._texts import Texts


def assigned(run: pathlib.Path, texts: Texts, arguments: typing.Mapping[str, object]) -> list[dict[str, typing.Any]]:
    """One assignment a row, in the order of the rows."""
    with tempfile.TemporaryDirectory(prefix="colligate-") as folder:
        corpus = pathlib.Path(folder) / "documents.jsonl"
        texts.write(corpus, columns=False)
        said = {"text_field": pointer(texts.text), "input_format": "jsonl", **arguments}
        _, printed = _program.start(["assign", str(run), str(corpus), "--quiet", *_program.flags(said)])
    return lines(printed)


def assign(
    run: Result | str | os.PathLike[str],
    data: typing.Any,
    *,
    text: str = "text",
    **arguments: object,
) -> typing.Any:
    """Puts new texts into the clusters of a finished run, by what that run learned; no model is asked.

    Args:
        run: A result, or a run directory.
        data: A frame, a series or strings.
        text: The column of a frame that holds the texts.
        **arguments: The flags of ``colligate assign``.

    Returns:
        The caller's frame with ``cluster``, ``label``, ``status`` and ``confidence`` beside its columns; of plain texts a list.

    Raises:
        UsageError: The run is not complete, or an argument asks for something that cannot be done.
        ColligateError: Anything else that failed.
    """
    texts = Texts(data, text)
    path = pathlib.Path(run.path if isinstance(run, Result) else run)
    found = assigned(path, texts, arguments)
    clusters = lines((path / "clusters.jsonl").read_text(encoding="utf-8"))
    return texts.beside(columns(found, clusters))


def search(
    run: Result | str | os.PathLike[str],
    text: str | None = None,
    *,
    like: str | None = None,
    cluster: str | None = None,
    **arguments: object,
) -> dict[str, typing.Any]:
    """Finds the nearest clusters and documents of a run: to a text, to one of its documents, or in one of its clusters.

    Args:
        run: A result, or a run directory.
        text: What to look for.
        like: The id of a document that the others should be like.
        cluster: The id of a cluster whose documents are listed.
        **arguments: The flags of ``colligate search``.

    Returns:
        What ``colligate search --json`` prints.

    Raises:
        UsageError: There is no such document or cluster.
        ColligateError: Anything else that failed.
    """
    path = run.path if isinstance(run, Result) else run
    flags = _program.flags({"like": like, "cluster": cluster, **arguments})
    # What begins with a hyphen is a text too.
    words = ["search", str(path), "--json", *flags, *(["--", text] if text is not None else [])]
    _, printed = _program.start(words)
    found: dict[str, typing.Any] = json.loads(printed)
    return found
