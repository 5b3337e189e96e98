"""Batches of Arrow through one ``colligate assign``, as engines for large data hand them over."""

from __future__ import annotations

import json
import os
import pathlib
import queue
import subprocess
import threading
import typing

from . import _program
from ._cluster import pointer
from ._errors import ColligateError, error
from ._result import columns, lines
from ._texts import as_text

if typing.TYPE_CHECKING:
    import pyarrow

#: Columns that every batch gets.
ADDED = ("cluster", "label", "status", "confidence", "unsure")


def assign_batches(
    batches: typing.Iterable[pyarrow.RecordBatch],
    run: str | os.PathLike[str],
    *,
    text: str = "text",
    threads: int = 1,
    **arguments: object,
) -> typing.Iterator[pyarrow.RecordBatch]:
    """Puts batches of rows into the clusters of a finished run, by one process for all of them.

    Args:
        batches: Batches with a column of texts.
        run: The run directory.
        text: The column that holds the texts.
        threads: Threads of the process.
        **arguments: Further flags of ``colligate assign``.

    Yields:
        The same batches with the columns ``cluster``, ``label``, ``status``, ``confidence`` and ``unsure`` at their end.

    Raises:
        ColligateError: The program failed; no batch comes after it.
    """
    clusters = lines((pathlib.Path(run) / "clusters.jsonl").read_text(encoding="utf-8"))
    said = {"text_field": pointer(text), "input_format": "jsonl", "threads": threads, **arguments}
    child = subprocess.Popen(
        [_program.program(), "assign", str(run), "-", "--quiet", *_program.flags(said)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin and child.stdout and child.stderr
    errors: list[bytes] = []
    stderr = child.stderr
    listener = threading.Thread(target=lambda: errors.append(stderr.read()), daemon=True)
    feeder = _Feeder(batches, text, child.stdin)
    listener.start()
    feeder.start()
    try:
        is_first = True
        while (batch := feeder.written.get()) is not None:
            printed = [child.stdout.readline() for _ in range(batch.num_rows)]
            if printed and not printed[-1]:
                break
            is_first = False
            yield _with(batch, [json.loads(line) for line in printed], clusters)
        # Whoever gives the batches knows best what went wrong with them.
        if feeder.problem is not None:
            raise feeder.problem
        if is_first and batch is None:
            return  # No batch has come, of which the program speaks as of an error.
        code = child.wait()
        listener.join()
        if code != 0:
            raise error(None, b"".join(errors).decode("utf-8", "replace").split("\n"), code)
        if batch is not None:
            raise ColligateError("colligate assign printed fewer lines than it was given rows")
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdout.close()


class _Feeder(threading.Thread):
    """Writes batches while their lines are read: neither pipe waits for the other."""

    def __init__(self, batches: typing.Iterable[pyarrow.RecordBatch], text: str, to: typing.IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.written: queue.SimpleQueue[pyarrow.RecordBatch | None] = queue.SimpleQueue()
        self.problem: BaseException | None = None
        self._batches, self._text, self._to = batches, text, to

    def run(self) -> None:
        try:
            for batch in self._batches:
                self.written.put(batch)
                rows = batch.column(batch.schema.get_field_index(self._text)).to_pylist()
                written = (json.dumps({self._text: as_text(row)}) + "\n" for row in rows)
                self._to.write("".join(written).encode("ascii"))
        except BrokenPipeError:
            pass  # The program has ended; its exit code says why.
        except BaseException as problem:
            self.problem = problem
        finally:
            self.written.put(None)
            try:
                self._to.close()
            except OSError:
                pass


def _with(
    batch: pyarrow.RecordBatch,
    assignments: list[dict[str, typing.Any]],
    clusters: list[dict[str, typing.Any]],
) -> pyarrow.RecordBatch:
    import pyarrow

    added = columns(assignments, clusters)
    types = {"confidence": pyarrow.float64()}
    arrays: list[typing.Any] = [pyarrow.array(added[name], types.get(name, pyarrow.string())) for name in ADDED[:-1]]
    arrays.append(pyarrow.array(["unsure" in (line.get("flags") or []) for line in assignments], pyarrow.bool_()))
    return pyarrow.RecordBatch.from_arrays([*batch.columns, *arrays], names=[*batch.schema.names, *ADDED])
