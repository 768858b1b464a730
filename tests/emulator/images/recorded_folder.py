"""What is done to a folder where an image is written anew: SQLite's writes, and the names and flushes of the system."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.images import opening, saving

from .recorded_disk import Create, Event, Flush, FlushFolder, RecordedDisk, Rename


@contextmanager
def recorded() -> Iterator[list[Event]]:
    """The events, in order, while images are written as a whole."""
    disk = RecordedDisk()
    make, fsync, replace = saving.mkstemp, os.fsync, Path.replace

    def noted_make(*arguments: Any, **options: Any) -> tuple[int, str]:
        handle, name = make(*arguments, **options)
        disk.events.append(Create(Path(name).name))
        return handle, name

    def noted_flush(handle: int) -> None:
        fsync(handle)
        path = Path(f"/proc/self/fd/{handle}").resolve()
        disk.events.append(FlushFolder() if path.is_dir() else Flush(path.name))

    def noted_replace(path: Path, target: Path) -> Path:
        replaced = replace(path, target)
        disk.events.append(Rename(path.name, target.name))
        return replaced

    def connect_new(path: Path, **_options: Any) -> Any:
        return disk.connect(path)

    # What a new image is written by; the rest of the module is what it is.
    new = SimpleNamespace(connect=connect_new, Connection=sqlite3.Connection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "connect", disk.connect)
        patch.setattr(saving, "connect", disk.connect)
        patch.setattr(saving, "sqlite3", new)
        patch.setattr(saving, "mkstemp", noted_make)
        patch.setattr(os, "fsync", noted_flush)
        patch.setattr(Path, "replace", noted_replace)
        yield disk.events
