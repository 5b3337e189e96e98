"""New documents into the clusters of a finished run, on Spark.

The run directory is shipped to the executors once; each partition is one process of `colligate assign`, which holds
what the run learned and reads its rows from a pipe. A process that fails fails the task, and Spark tries it again.
The package `colligate` is installed where the executors run (or COLLIGATE_BIN names the program there).

    import colligate.spark

    placed = colligate.spark.assign(session.read.parquet("messages"), "runs/support", text="body")
    placed.groupBy("cluster", "label").count().show()

Documents whose place is unsure are few: collected, they can be asked about once, by the driver.

    unsure = placed.where("unsure").select("id", "body").toPandas()

Run by itself, the module places a corpus of JSON lines: `python -m colligate.spark RUN CORPUS OUT`.
"""

from __future__ import annotations

import argparse
import os
import typing

from pyspark import SparkFiles
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from . import _batches
from ._errors import UsageError

#: What every row gets.
ADDED = [
    T.StructField("cluster", T.StringType()),
    T.StructField("label", T.StringType()),
    T.StructField("status", T.StringType(), nullable=False),
    T.StructField("confidence", T.DoubleType()),
    T.StructField("unsure", T.BooleanType(), nullable=False),
]


def assign(frame: DataFrame, run: str, text: str = "text", **arguments: object) -> DataFrame:
    """The frame with `cluster`, `label`, `status`, `confidence` and `unsure` beside its columns.

    Args:
        frame: Rows with a column of texts.
        run: The run directory, on the driver.
        text: The column of texts.
        **arguments: Further flags of `colligate assign`, such as `cache="none"`.

    Raises:
        UsageError: There is no such column, or a column is called as one of ours.
    """
    if text not in frame.columns:
        raise UsageError(f"there is no column {text!r}: there are {frame.columns}", kind="usage", exit_code=2)
    taken = [field.name for field in ADDED if field.name in frame.columns]
    if taken:
        raise UsageError(f"the columns {taken} are added here: rename yours", kind="usage", exit_code=2)
    run = os.path.abspath(run)
    frame.sparkSession.sparkContext.addFile(run, recursive=True)
    name = os.path.basename(run)

    def partition(batches: typing.Iterator[typing.Any]) -> typing.Iterator[typing.Any]:
        yield from _batches.assign_batches(batches, SparkFiles.get(name), text=text, threads=1, **arguments)

    return frame.mapInArrow(partition, T.StructType([*frame.schema.fields, *ADDED]))


def main() -> None:
    """Places a corpus of JSON lines."""
    parser = argparse.ArgumentParser(description="Put documents into the clusters of a finished run")
    parser.add_argument("run")
    parser.add_argument("corpus")
    parser.add_argument("out")
    parser.add_argument("--text", default="text")
    parser.add_argument("--partitions", type=int)
    words = parser.parse_args()
    session = SparkSession.builder.appName("colligate").getOrCreate()
    frame = session.read.json(words.corpus)
    if words.partitions:
        frame = frame.repartition(words.partitions)
    assign(frame, words.run, words.text).write.json(words.out)


if __name__ == "__main__":
    main()
