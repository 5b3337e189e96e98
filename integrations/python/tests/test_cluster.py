"""Runs from Python, by the program itself with its own embedder."""

import datetime
import math
import pathlib
import re
import subprocess
import typing

import pandas
import polars
import pyarrow
import pytest

import colligate
from colligate import _program

Rows = "list[dict[str, typing.Any]]"


def test_a_pandas_frame_keeps_its_rows_index_and_columns(tickets: Rows) -> None:
    frame = pandas.DataFrame(tickets).set_index(pandas.Index(range(100, 160)))
    result = colligate.cluster(frame, k=4)
    assert list(result.frame.index) == list(frame.index)
    assert list(result.frame.columns) == [*frame.columns, "cluster", "label", "status", "confidence"]
    assert result.frame["text"].tolist() == frame["text"].tolist()
    assert set(result.frame["status"]) <= {"assigned", "uncovered", "skipped"}
    in_one = result.frame[result.frame["status"] == "assigned"]
    assert set(in_one["cluster"]) == {cluster["id"] for cluster in result.clusters}
    assert in_one["confidence"].between(0, 1).all()
    sizes = in_one["cluster"].value_counts().to_dict()
    assert sizes == {cluster["id"]: cluster["size"] for cluster in result.clusters}


def test_a_polars_frame_an_arrow_table_and_a_series_come_back_as_they_came(tickets: Rows) -> None:
    texts = [row["text"] for row in tickets]
    frame = polars.DataFrame({"message": texts, "day": [datetime.date(2026, 3, 1)] * 60, "cluster": ["mine"] * 60})
    result = colligate.cluster(frame, text="message", k=3)
    assert isinstance(result.frame, polars.DataFrame)
    assert result.frame["cluster"].to_list() == ["mine"] * 60, "a column of the user's stays"
    assert result.frame["colligate_cluster"].null_count() < 60
    table = colligate.cluster(pyarrow.table({"text": texts}), k=3).frame
    assert isinstance(table, pyarrow.Table) and table.num_rows == 60
    assert len(colligate.cluster(pandas.Series(texts), k=3).frame) == 60


def test_plain_texts_give_a_list_and_the_same_bytes_every_time(tickets: Rows, tmp_path: pathlib.Path) -> None:
    texts = [row["text"] for row in tickets]
    first = colligate.cluster(texts, k=3, out=tmp_path / "first")
    second = colligate.cluster(texts, k=3, out=str(tmp_path / "second"))
    assert first.frame == second.frame and first.frame[0]["text"] == texts[0]
    names = ("clusters.jsonl", "assignments.jsonl")
    assert all((first.path / name).read_bytes() == (second.path / name).read_bytes() for name in names)
    assert first.labels == [-1 if row["cluster"] is None else first_place(first, row["cluster"]) for row in first.frame]


def first_place(result: colligate.Result, id: str) -> int:
    return [cluster["id"] for cluster in result.clusters].index(id)


def test_rows_without_a_text_are_accounted_for(tickets: Rows) -> None:
    texts = [row["text"] for row in tickets]
    texts[3], texts[5], texts[7] = None, math.nan, "  "
    frame = pandas.DataFrame({"text": texts})
    result = colligate.cluster(frame, k=3)
    assert len(result.frame) == 60
    assert result.frame["status"].iloc[[3, 5, 7]].tolist() == ["skipped"] * 3
    assert result.frame["cluster"].iloc[[3, 5, 7]].isna().all()


def test_the_report_shows_itself_and_a_temporary_run_goes_with_its_result(tickets: Rows) -> None:
    result = colligate.cluster([row["text"] for row in tickets], k=3)
    page = result.report._repr_html_()
    assert page.startswith("<iframe srcdoc=") and "&lt;html" in page and 'sandbox="allow-scripts"' in page
    path = result.path
    assert path.is_dir()
    del result
    assert not path.exists()


def test_progress_is_reported_up_to_the_end(tickets: Rows) -> None:
    seen: "list[tuple[str, int, int]]" = []
    colligate.cluster([row["text"] for row in tickets], k=3, cache="none", progress=lambda *step: seen.append(step))
    steps = {step: (done, total) for step, done, total in seen}
    assert steps and all(done == total for done, total in steps.values()), steps


def test_errors_name_the_argument_and_leave_nothing_behind(tickets: Rows, tmp_path: pathlib.Path) -> None:
    texts = [row["text"] for row in tickets]
    with pytest.raises(colligate.UsageError, match="61") as problem:
        colligate.cluster(texts, k=61, out=tmp_path / "run")
    assert (problem.value.parameter, problem.value.exit_code) == ("k", 2)
    assert not (tmp_path / "run").exists()
    with pytest.raises(colligate.UsageError, match="no column 'body'") as problem:
        colligate.cluster(pandas.DataFrame({"text": texts, "day": 1}), text="body")
    assert "'day'" in str(problem.value)
    for nothing in ([], pandas.DataFrame({"text": []}), "one text"):
        with pytest.raises(colligate.UsageError):
            colligate.cluster(nothing)
    with pytest.raises(colligate.UsageError, match="no-such-flag"):
        colligate.cluster(texts, no_such_flag=3)
    with pytest.raises(colligate.ServerError):
        colligate.cluster(texts, llm="http://127.0.0.1:9/v1", model="none", wait=0.1, goal="why?")


def test_new_texts_are_placed_as_the_run_placed_them(tickets: Rows) -> None:
    frame = pandas.DataFrame(tickets)
    fitted = colligate.Colligate(k=4).fit(frame)
    assert fitted.predict(frame) == fitted.labels_ == fitted.result_.labels
    rows = fitted.transform(frame[:5])
    assert len(rows) == 5 and all(len(row) == 4 for row in rows)
    assert [max(range(4), key=row.__getitem__) for row in rows] == fitted.labels_[:5]
    placed = colligate.assign(fitted.result_, polars.DataFrame({"message": ["where is my parcel?"]}), text="message")
    assert isinstance(placed, polars.DataFrame) and placed["label"][0] is not None
    with pytest.raises(colligate.ColligateError, match="fit"):
        colligate.Colligate().predict(frame)


def test_a_run_is_searched(tickets: Rows) -> None:
    result = colligate.cluster(pandas.DataFrame(tickets), k=4)
    found = colligate.search(result, "my parcel came broken")
    assert found["clusters"] and found["documents"]
    with pytest.raises(colligate.UsageError):
        colligate.search(result, like="no such document")


@pytest.fixture
def model() -> "typing.Iterator[str]":
    """The address of a scripted model."""
    script = pathlib.Path(__file__).parents[3] / "evals" / "mock" / "parcels.toml"
    words = [_program.program(), "mock", "--script", str(script), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as mock:
        assert mock.stdout is not None
        yield re.search(r"http://[0-9.:]+(/v1)?", mock.stdout.readline()).group()
        mock.terminate()


def test_a_partial_run_carries_its_result_and_can_be_resumed(model: str, tmp_path: pathlib.Path) -> None:
    words = ["the parcel is late", "the brake squeaks", "a refund please", "thanks to your team"]
    texts = [f"{words[place % 4]}, said customer {place}" for place in range(80)]
    arguments = {"goal": "why do they write?", "llm": model, "method": "goalex", "out": tmp_path / "run"}
    with pytest.raises(colligate.Partial, match="max-calls") as problem:
        colligate.cluster(texts, max_calls=50, **arguments)
    partial = problem.value
    assert partial.exit_code == 3 and partial.result.manifest["status"] == "partial"
    assert "failed" in {row["status"] for row in partial.result.frame}
    whole = colligate.cluster(texts, max_calls=5000, resume=True, **arguments)
    assert whole.manifest["status"] == "complete" and len(whole.clusters) == 4
    assert {row["label"] for row in whole.frame[:4]} == {"late parcels", "noisy brakes", "refunds", "praise"}
