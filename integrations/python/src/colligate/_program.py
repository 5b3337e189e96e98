"""The program: where it is, and how it is started."""

from __future__ import annotations

import collections
import functools
import json
import logging
import os
import pathlib
import shutil
import subprocess
import sysconfig
import threading
import typing

from ._errors import ColligateError, Interrupted, error

log = logging.getLogger("colligate")

#: Called with the step, what is done of it, and how much there is to do.
ProgressCallback = typing.Callable[[str, int, int], None]

#: Names the program, where it is not the one of the wheel.
VARIABLE = "COLLIGATE_BIN"
#: Lines of standard error that are kept for an exception.
_KEPT = 40
#: Seconds that an interrupted program has to leave its files in order.
_PATIENCE = 30


@functools.lru_cache(maxsize=None)
def _found(named: str | None) -> str:
    name = "colligate" + (sysconfig.get_config_var("EXE") or "")
    schemes = [None, _user_scheme()]
    folders = [sysconfig.get_path("scripts", scheme) if scheme else sysconfig.get_path("scripts") for scheme in schemes]
    # `pip install --target` puts scripts beside the packages.
    folders.append(str(pathlib.Path(__file__).parent.parent / "bin"))
    for path in [named, *(os.path.join(folder, name) for folder in folders)]:
        if path and os.path.isfile(path):
            return path
    if named:
        raise ColligateError(f"{VARIABLE} names {named}, which is no file", kind="file")
    on_path = shutil.which(name)
    if on_path:
        return on_path
    raise ColligateError(
        f"the program {name} is neither in the wheel nor on PATH: install the package again, or name it with {VARIABLE}"
    )


def _user_scheme() -> str:
    get: typing.Callable[[str], str] | None = getattr(sysconfig, "get_preferred_scheme", None)
    return get("user") if get else ("nt_user" if os.name == "nt" else "posix_user")


def program() -> str:
    """The path of the program.

    Raises:
        ColligateError: It is not there.
    """
    return _found(os.environ.get(VARIABLE))


def version() -> str:
    """What the program says of itself: version, commit and features."""
    return subprocess.run([program(), "--version"], check=True, capture_output=True, text=True).stdout.strip()


def flags(arguments: typing.Mapping[str, object]) -> list[str]:
    """Keyword arguments as flags: ``max_cost=2`` is ``--max-cost=2``, ``resume=True`` is ``--resume``; ``None`` is left out."""
    words = []
    for name, value in arguments.items():
        flag = f"-{name}" if len(name) == 1 else "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(flag)
        elif len(name) == 1:
            words += [flag, str(value)]
        else:
            words.append(f"{flag}={value}")
    return words


class _Told:
    """What the program tells on standard error."""

    def __init__(self, progress: ProgressCallback | None) -> None:
        self.error: dict[str, typing.Any] | None = None
        self.words: collections.deque[str] = collections.deque(maxlen=_KEPT)
        self._progress = progress
        self._step = ""

    def line(self, line: str) -> None:
        event = _event(line)
        if event is None:
            self.words.append(line.rstrip("\n"))
            return
        kind = event["event"]
        if kind == "error":
            self.error = event
        elif kind == "message":
            log.info("%s", event["message"])
        elif kind == "begin":
            self._step = event["step"]
            self._report(0, event["total"])
        elif kind == "advance":
            self._report(event["done"], event["total"])

    def _report(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(self._step, done, total)


def _event(line: str) -> dict[str, typing.Any] | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def start(
    words: typing.Sequence[str],
    *,
    progress: ProgressCallback | None = None,
    fine: typing.Container[int] = (0,),
) -> tuple[int, str]:
    """Starts the program and waits for it. Returns its exit code and what it printed.

    ``fine`` are the exit codes that are no exception.

    Raises:
        ColligateError: It ended with another exit code; the class says why.
        KeyboardInterrupt: The user interrupted; the program was told and has left its files in order.
    """
    told = _Told(progress)
    child = subprocess.Popen(
        [program(), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert child.stdout is not None and child.stderr is not None
    printed: list[str] = []
    stdout = child.stdout
    # Both pipes are read at once, so that neither fills up while the other is waited for.
    reader = threading.Thread(target=lambda: printed.append(stdout.read()), daemon=True)
    reader.start()
    try:
        for line in child.stderr:
            told.line(line)
        code = child.wait()
        reader.join()
    except BaseException:
        _end(child)
        raise
    finally:
        child.stdout.close()
        child.stderr.close()
    if code in fine:
        return code, "".join(printed)
    if code < 0:
        raise Interrupted(f"colligate was ended by signal {-code}", kind="interrupted", exit_code=code)
    raise error(told.error, list(told.words), code)


def _end(child: subprocess.Popen[str]) -> None:
    """Ends the program as a user does, and only if it does not end by kill."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
