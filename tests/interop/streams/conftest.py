"""The streams of Wine's ole32, driven by a program in C."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

Drive = Callable[..., list[str]]


@pytest.fixture(scope="session")
def drive_in_wine(tools: Any, completed: Any, wine: Any, tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """Give the program lines of what to do, and return what came of each."""
    folder = tmp_path_factory.mktemp("streams")
    source = Path(__file__).with_name("programs") / "drive_streams.c"
    options = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", "drive_streams"]
    completed([tools.winegcc, *options, str(source), "-lole32", "-luuid"], folder)
    return partial(wine, folder / "drive_streams.exe.so", folder)
