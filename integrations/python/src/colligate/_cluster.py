"""One run."""

from __future__ import annotations

import os
import pathlib
import tempfile
import typing

from . import _program
from ._errors import Partial
from ._result import Result
from ._texts import Texts

#: Exit codes of runs that leave a result which is not whole.
PARTIAL = (3, 4)


def cluster(
    data: typing.Any,
    goal: str | None = None,
    *,
    text: str = "text",
    out: str | os.PathLike[str] | None = None,
    progress: _program.ProgressCallback | None = None,
    **arguments: object,
) -> Result:
    """Clusters texts by a goal and explains the clusters.

    Args:
        data: A frame (pandas, polars, PyArrow, …), a series or strings.
        goal: What the clusters should tell you, in your own words. Without a model it is only weighed in the names.
        text: The column of a frame that holds the texts. Its other columns travel along into the report's tables.
        out: The run directory; without it a temporary one, which goes when the result does.
        progress: Called with the step, what is done of it, and how much there is to do.
        **arguments: The flags of ``colligate run``: ``k=8``, ``llm="http://127.0.0.1:8080/v1"``, ``codebook="causes.toml"``,
            ``questions=256``, ``max_cost=2``, ``resume=True``, …

    Raises:
        Partial: A cap was reached, or answers are missing or say nothing; ``result`` holds what there is.
        UsageError: An argument or a row asks for something that cannot be done.
        ServerError: The model's server cannot be reached or refuses.
        ColligateError: Anything else that failed.
    """
    texts = Texts(data, text)
    kept = None if out is not None else tempfile.TemporaryDirectory(prefix="colligate-")
    path = pathlib.Path(out) if out is not None else pathlib.Path(kept.name if kept else ".") / "run"
    with tempfile.TemporaryDirectory(prefix="colligate-") as folder:
        corpus = pathlib.Path(folder) / "documents.jsonl"
        texts.write(corpus, columns=True)
        flags = _program.flags({"goal": goal, "text_field": pointer(texts.text), "out": path, **arguments})
        words = ["run", str(corpus), *flags, "--json", "--progress=json"]
        code, _ = _program.start(words, progress=progress, fine=(0, *PARTIAL))
    result = Result(path, texts, kept)
    if code in PARTIAL:
        raise Partial(f"the run is partial: {result.manifest.get('reason')}", result, code)
    return result


def pointer(column: str) -> str:
    """A column's name as the program takes it for a field, whatever it holds."""
    return column if not column.startswith("/") else "/" + column.replace("~", "~0").replace("/", "~1")
