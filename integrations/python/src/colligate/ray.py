"""New documents into the clusters of a finished run, on Ray Data.

The run directory is put into Ray's object store once and unpacked once a worker; each batch is one process of
`colligate assign`, which reads its rows from a pipe. A process that fails fails the task. Batches should be large, as
a process loads the embedder and what the run learned first. The package `colligate` is installed where the workers run.

    import ray.data
    import colligate.ray

    placed = colligate.ray.assign(ray.data.read_parquet("messages"), "runs/support", text="body")
"""

from __future__ import annotations

import io
import pathlib
import tarfile
import tempfile
import typing

import ray
import ray.data

from . import _batches

#: Rows of one process.
BATCH = 20_000


def packed(run: str) -> bytes:
    """The run directory as an archive, without its reports."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in sorted(pathlib.Path(run).iterdir()):
            if path.is_file() and not path.name.startswith("report."):
                tar.add(path, arcname=path.name)
    return archive.getvalue()


class Assign:
    """A worker: unpacks the run once and places batch after batch.

    Args:
        run: The archive of the run directory, in Ray's object store.
        text: The column of texts.
        arguments: Further flags of `colligate assign`.
    """

    def __init__(self, run: ray.ObjectRef[bytes], text: str, arguments: dict[str, object]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="colligate-")
        with tarfile.open(fileobj=io.BytesIO(ray.get(run))) as tar:
            tar.extractall(self._folder.name, filter="data")
        self._text, self._arguments = text, arguments

    def __call__(self, table: typing.Any) -> typing.Any:
        import pyarrow

        batches = _batches.assign_batches(
            table.combine_chunks().to_batches(), self._folder.name, text=self._text, threads=1, **self._arguments
        )
        placed = list(batches)
        return pyarrow.Table.from_batches(placed) if placed else table


def assign(
    data: ray.data.Dataset,
    run: str,
    text: str = "text",
    *,
    batch_size: int = BATCH,
    workers: int = 1,
    **arguments: object,
) -> ray.data.Dataset:
    """The rows with `cluster`, `label`, `status`, `confidence` and `unsure` beside their columns.

    Args:
        data: Rows with a column of texts.
        run: The run directory.
        text: The column of texts.
        batch_size: Rows of one process.
        workers: Processes at once, each on a processor of its own; reading needs one too.
        **arguments: Further flags of `colligate assign`.
    """
    shipped = ray.put(packed(run))
    return data.map_batches(
        Assign,
        fn_constructor_args=(shipped, text, arguments),
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=1,
    )
