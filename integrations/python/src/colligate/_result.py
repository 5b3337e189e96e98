"""What a run leaves, read back."""

from __future__ import annotations

import functools
import html
import json
import pathlib
import tempfile
import typing

from ._texts import Texts


class Report:
    """The report of a run: one file of HTML that needs no network.

    Attributes:
        path: Where it is.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def __repr__(self) -> str:
        return f"Report({str(self.path)!r})"

    def _repr_html_(self) -> str:
        page = html.escape(str(self), quote=True)
        return f'<iframe srcdoc="{page}" sandbox="allow-scripts" style="width:100%;height:40em;border:0"></iframe>'


class Result:
    """A run: its clusters, and the caller's rows with the cluster of each.

    Attributes:
        path: The run directory.
    """

    def __init__(
        self,
        path: pathlib.Path,
        texts: Texts,
        kept: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        self.path = path
        self._texts = texts
        # A directory that nobody named goes with the result.
        self._kept = kept

    def __repr__(self) -> str:
        return f"<{self.manifest['status']}: {len(self.clusters)} clusters of {len(self.assignments)} rows, {self.path}>"

    @functools.cached_property
    def manifest(self) -> dict[str, typing.Any]:
        """What was run and how it ended: ``manifest.json``."""
        manifest: dict[str, typing.Any] = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        return manifest

    @functools.cached_property
    def clusters(self) -> list[dict[str, typing.Any]]:
        """The clusters, as in ``clusters.jsonl``: ``id``, ``label``, ``predicate``, ``share``, ``evidence`` and more."""
        return lines((self.path / "clusters.jsonl").read_text(encoding="utf-8"))

    @functools.cached_property
    def assignments(self) -> list[dict[str, typing.Any]]:
        """One entry for each row, as in ``assignments.jsonl``, in the order of the rows."""
        return lines((self.path / "assignments.jsonl").read_text(encoding="utf-8"))

    @functools.cached_property
    def frame(self) -> typing.Any:
        """The caller's frame with ``cluster``, ``label``, ``status`` and ``confidence`` beside its columns; of plain texts a list."""
        return self._texts.beside(columns(self.assignments, self.clusters))

    @property
    def report(self) -> Report:
        """The report, which shows itself in a notebook."""
        return Report(self.path / "report.html")

    @property
    def labels(self) -> list[int]:
        """For each row the place of its cluster in ``clusters``, or -1 where it is in none."""
        return places(self.assignments, self.clusters)


def lines(text: str) -> list[dict[str, typing.Any]]:
    """Lines of JSON."""
    # Only line feeds end a line: JSON may hold other separators as they are.
    return [json.loads(line) for line in text.split("\n") if line]


def columns(
    assignments: typing.Sequence[typing.Mapping[str, typing.Any]],
    clusters: typing.Sequence[typing.Mapping[str, typing.Any]],
) -> dict[str, list[typing.Any]]:
    """The columns that a frame gets, one value a row."""
    labels = {cluster["id"]: cluster["label"] for cluster in clusters}
    primary = [line.get("primary") for line in assignments]
    confidences = [
        next((float(one["confidence"]) for one in line.get("clusters") or [] if one["id"] == line.get("primary")), None)
        for line in assignments
    ]
    return {
        "cluster": primary,
        "label": [labels.get(id) for id in primary],
        "status": [line["status"] for line in assignments],
        "confidence": confidences,
    }


def places(
    assignments: typing.Sequence[typing.Mapping[str, typing.Any]],
    clusters: typing.Sequence[typing.Mapping[str, typing.Any]],
) -> list[int]:
    """For each row the place of its cluster among all, or -1."""
    place = {cluster["id"]: index for index, cluster in enumerate(clusters)}
    return [place.get(line.get("primary"), -1) for line in assignments]
