"""The tests of the application share a module of their own, which lies beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

PROFILE = Path(__file__).parents[4] / "emulator" / "profiles" / "pkcs15.toml"


@pytest.fixture
def new_desk(define: Callable[[str], Any]) -> Callable[..., Any]:
    """Makes a desk with a card of the profile, in which options may be others; the application is selected."""
    from pkcs15_desk import Desk

    def make(*replacements: tuple[str, str]) -> Desk:
        definition = PROFILE_TEXT
        for old, new in replacements:
            assert old in definition
            definition = definition.replace(old, new)
        return Desk(define(definition).card)

    return make


@pytest.fixture
def desk(new_desk: Callable[..., Any]) -> Any:
    """A desk with a new card of the profile."""
    return new_desk()


@pytest.fixture
def issued(desk: Any) -> Any:
    """The same with a PIN and a PUK set, and the PIN not verified."""
    desk.set_pin()
    desk.select()
    return desk


PROFILE_TEXT = PROFILE.read_text(encoding="utf-8")
