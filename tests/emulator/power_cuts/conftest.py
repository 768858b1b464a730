"""An image with the card whose commands are cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import register_application
from emulator.applications import registry

from .commands_of_the_card import CARD, Purse


@pytest.fixture
def image(define: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Purse)
    path = tmp_path / "card.image"
    define(CARD).card.save(path)
    return path
