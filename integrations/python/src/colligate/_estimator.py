"""The same as an estimator, in the manner of scikit-learn."""

from __future__ import annotations

import typing

from . import _program
from ._assign import assigned
from ._cluster import cluster
from ._errors import ColligateError
from ._result import Result, places
from ._texts import Texts


class Colligate:
    """Clusters texts by a goal; places further texts by what was learned.

    Args:
        goal: What the clusters should tell you, in your own words.
        text: The column of a frame that holds the texts.
        progress: Called with the step, what is done of it, and how much there is to do.
        **arguments: The flags of ``colligate run``.

    Attributes:
        result_: The run, after ``fit``.
        labels_: For each row the place of its cluster in ``clusters_``, or -1 where it is in none.
        clusters_: The clusters.
    """

    def __init__(
        self,
        goal: str | None = None,
        *,
        text: str = "text",
        progress: _program.ProgressCallback | None = None,
        **arguments: typing.Any,
    ) -> None:
        self.goal = goal
        self.text = text
        self.progress = progress
        self.arguments = arguments

    def fit(self, data: typing.Any, y: None = None) -> Colligate:
        """Makes the run.

        Raises:
            Partial: The run is not whole; ``result`` of the exception holds what there is.
            ColligateError: Anything else that failed.
        """
        self.result_: Result = cluster(data, self.goal, text=self.text, progress=self.progress, **self.arguments)
        self.clusters_ = self.result_.clusters
        self.labels_ = self.result_.labels
        return self

    def fit_predict(self, data: typing.Any, y: None = None) -> list[int]:
        """Makes the run and returns ``labels_``."""
        return self.fit(data).labels_

    def predict(self, data: typing.Any) -> list[int]:
        """For each row the place of its cluster in ``clusters_``, or -1, by what the run learned; no model is asked.

        Raises:
            ColligateError: Nothing is fitted, or it failed.
        """
        return places(self._assigned(data), self.clusters_)

    def transform(self, data: typing.Any) -> list[list[float]]:
        """For each row its confidence in each cluster of ``clusters_``: 0 for those that it is not in.

        Raises:
            ColligateError: Nothing is fitted, or it failed.
        """
        place = {one["id"]: index for index, one in enumerate(self.clusters_)}
        rows = []
        for line in self._assigned(data):
            row = [0.0] * len(place)
            for one in line.get("clusters") or []:
                row[place[one["id"]]] = float(one["confidence"])
            rows.append(row)
        return rows

    def _assigned(self, data: typing.Any) -> list[dict[str, typing.Any]]:
        if not hasattr(self, "result_"):
            raise ColligateError("nothing is fitted yet: call fit first", kind="usage")
        return assigned(self.result_.path, Texts(data, self.text), {})
