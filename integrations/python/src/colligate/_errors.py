"""The exit codes of the program, as exceptions."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from ._result import Result


class ColligateError(Exception):
    """The program, its files or its embedder failed (exit code 1), or it is not there.

    Attributes:
        kind: What kind of error it is, such as ``usage`` or ``server``.
        parameter: The argument that it is about, where it is about one.
        exit_code: The exit code of the program.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "failed",
        parameter: str | None = None,
        exit_code: int = 1,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.parameter = parameter
        self.exit_code = exit_code


class UsageError(ColligateError, ValueError):
    """An argument, a file or a row asks for something that cannot be done (exit code 2)."""


class EmbedderError(ColligateError):
    """The embedder could not be loaded or run."""


class ServerError(ColligateError):
    """The model's server cannot be reached, refuses, or is out of quota (exit code 5)."""


class NotEnough(ColligateError):
    """A cap was reached before there was any result (exit code 3)."""


class Interrupted(ColligateError):
    """The run was interrupted from outside (exit code 130)."""


class Partial(ColligateError):
    """The run ended with a result that is not whole: a cap was reached (3), or answers are missing or say nothing (4).

    Attributes:
        result: What there is, marked as partial.
    """

    def __init__(self, message: str, result: Result, exit_code: int) -> None:
        super().__init__(message, kind="partial", exit_code=exit_code)
        self.result = result


_BY_KIND: dict[str, type[ColligateError]] = {
    "usage": UsageError,
    "row": UsageError,
    "file": UsageError,
    "reading": UsageError,
    "prompt": UsageError,
    "embedder": EmbedderError,
    "server": ServerError,
    "capped": NotEnough,
    "interrupted": Interrupted,
}
_BY_CODE: dict[int, type[ColligateError]] = {2: UsageError, 3: NotEnough, 5: ServerError, 130: Interrupted}


def error(told: dict[str, typing.Any] | None, words: list[str], exit_code: int) -> ColligateError:
    """The exception for what the program told before it failed: an error event, or the words that it printed instead."""
    if told is not None:
        kind = str(told["kind"])
        failed = _BY_KIND.get(kind, ColligateError)
        return failed(str(told["message"]), kind=kind, parameter=told.get("parameter"), exit_code=exit_code)
    message = "\n".join(words).strip().removeprefix("error: ") or f"colligate ended with exit code {exit_code}"
    failed = _BY_CODE.get(exit_code, ColligateError)
    return failed(message, kind="usage" if failed is UsageError else "failed", exit_code=exit_code)
