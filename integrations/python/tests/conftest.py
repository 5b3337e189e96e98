"""The tests start the program itself: the one that COLLIGATE_BIN names, or the one of the installed wheel."""

import json
import pathlib

import pytest

CORPORA = pathlib.Path(__file__).parents[3] / "corpora"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Vectors are kept in a directory of the tests."""
    monkeypatch.setenv("COLLIGATE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def tickets() -> "list[dict[str, object]]":
    """Sixty of the shop's messages, with their other fields."""
    lines = (CORPORA / "support-tickets" / "documents.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:60]]
