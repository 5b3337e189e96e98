"""What engines do with a run, without an engine: a partition is one process."""

import concurrent.futures
import pathlib
import typing

import pyarrow
import pytest

import colligate

Rows = "list[dict[str, typing.Any]]"


@pytest.fixture(scope="module")
def fitted(tickets: Rows) -> colligate.Result:
    """A finished run over sixty messages."""
    return colligate.cluster([row["text"] for row in tickets], k=4)


def placed(chunk: "list[str]", run: pathlib.Path) -> pyarrow.Table:
    batches = pyarrow.table({"id": list(range(len(chunk))), "text": chunk}).to_batches(max_chunksize=4)
    return pyarrow.Table.from_batches(colligate.assign_batches(batches, run))


def test_seven_chunks_two_at_once_are_one_assign(fitted: colligate.Result, tickets: Rows) -> None:
    texts = [row["text"] for row in tickets] + ["my bell does not ring", "and where is the saddle?", "thank you all"]
    chunks = [texts[start::7] for start in range(7)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(lambda chunk: placed(chunk, fitted.path), chunks))
    whole = placed(texts, fitted.path)
    added = ["cluster", "label", "status", "confidence", "unsure"]
    assert whole.column_names == ["id", "text", *added]
    by_text = {row["text"]: row for part in parts for row in part.select(["text", *added]).to_pylist()}
    assert [by_text[row["text"]] for row in whole.to_pylist()] == whole.select(["text", *added]).to_pylist()
    assert whole["cluster"].to_pylist()[:60] == [row["cluster"] for row in fitted.frame]


def test_a_process_that_fails_and_a_source_that_fails_are_errors(
    fitted: colligate.Result, tickets: Rows, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "clusters.jsonl").write_text("")
    batches = pyarrow.table({"text": [row["text"] for row in tickets]}).to_batches()
    with pytest.raises(colligate.UsageError, match="run"):
        list(colligate.assign_batches(batches, tmp_path))

    def broken() -> "typing.Iterator[pyarrow.RecordBatch]":
        yield batches[0]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        list(colligate.assign_batches(broken(), fitted.path))
    assert list(colligate.assign_batches([], fitted.path)) == []
