"""The caller's texts, as the program reads them, and the caller's frame with what came out beside each row."""

from __future__ import annotations

import json
import math
import pathlib
import typing

import narwhals.stable.v1 as nw

from ._errors import UsageError

#: Columns that a frame gets.
COLUMNS = ("cluster", "label", "status", "confidence")


class Texts:
    """Texts or a frame.

    Args:
        data: A frame of pandas, polars, PyArrow or any other library that narwhals knows; a series; or strings.
        text: The column of a frame that holds the texts.

    Raises:
        UsageError: There is no such column, or no text at all.
    """

    def __init__(self, data: typing.Any, text: str = "text") -> None:
        self.frame: nw.DataFrame[typing.Any] | None = None
        self.rows: list[dict[str, typing.Any]] = []
        native = nw.from_native(data, pass_through=True, allow_series=True)
        if isinstance(native, nw.LazyFrame):
            native = native.collect()
        if isinstance(native, nw.DataFrame):
            if text not in native.columns:
                known = ", ".join(map(repr, native.columns))
                message = f"there is no column {text!r} in the frame: it has {known}; name one of them with text="
                raise UsageError(message, kind="usage", parameter="text", exit_code=2)
            self.frame, self.text = native, text
            self.rows = list(native.iter_rows(named=True))
        else:
            values = native.to_list() if isinstance(native, nw.Series) else data
            if isinstance(values, (str, bytes)):
                message = "one string is not a corpus: give a list of texts, or a frame"
                raise UsageError(message, kind="usage", exit_code=2)
            self.text = "text"
            self.rows = [{"text": value} for value in values]
        if not self.rows:
            raise UsageError("there is no text", kind="usage", exit_code=2)

    def write(self, path: pathlib.Path, *, columns: bool) -> None:
        """Writes one JSON object a row, the text alone or with the frame's other columns."""
        with path.open("w", encoding="utf-8") as file:
            for row in self.rows:
                fields = row if columns else {self.text: row[self.text]}
                line = {str(name): _plain(value) for name, value in fields.items()}
                line[self.text] = as_text(row[self.text])
                file.write(json.dumps(line, ensure_ascii=True) + "\n")

    def beside(self, columns: typing.Mapping[str, typing.Sequence[typing.Any]]) -> typing.Any:
        """The caller's frame with columns beside its own, in the caller's own library; of plain texts a list of rows.

        A column of the frame that has the name of a new one stays as it is: the new one is called ``colligate_…`` then.
        """
        if self.frame is None:
            more = zip(*columns.values())
            return [{**row, **dict(zip(columns, values))} for row, values in zip(self.rows, more)]
        frame = self.frame
        namespace = nw.get_native_namespace(frame)
        added = []
        for name, values in columns.items():
            name = f"colligate_{name}" if name in frame.columns else name
            dtype = nw.Float64 if name.endswith("confidence") else nw.String
            series = nw.new_series(name, list(values), dtype, native_namespace=namespace)
            added.append(_indexed_like(series, frame))
        return nw.to_native(frame.with_columns(*added))


def _indexed_like(series: nw.Series[typing.Any], frame: nw.DataFrame[typing.Any]) -> nw.Series[typing.Any]:
    """With the index of a pandas frame, by which its columns are laid side by side."""
    native = nw.to_native(frame)
    index = getattr(native, "index", None)
    if index is None or not hasattr(native, "iloc"):
        return series
    return nw.from_native(nw.to_native(series).set_axis(index), series_only=True)


def as_text(value: typing.Any) -> str | None:
    """A cell of the column of texts, whatever it holds; nothing where it is missing."""
    plain = _plain(value)
    return None if plain is None else str(plain)


def _plain(value: typing.Any) -> typing.Any:
    """A value as JSON can say it; what is missing is null."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    # Numbers of numpy are numbers; NaT, NA and their like are missing.
    item = getattr(value, "item", None)
    if callable(item):
        return _plain(item())
    if str(value) in ("NaT", "<NA>"):
        return None
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if callable(isoformat) else str(value)
