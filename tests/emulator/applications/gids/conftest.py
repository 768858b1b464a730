"""The tests of the application share a module of their own, which lies beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.append(str(Path(__file__).parent))

PROFILE_TEXT = (Path(__file__).parents[4] / "emulator" / "profiles" / "gids.toml").read_text(encoding="utf-8")
OPTIONS = "[applications.options]\n"


@pytest.fixture
def new_desk(define: Callable[[str], Any]) -> Callable[..., Any]:
    """Makes a desk with a card whose options are those of the profile, or others; the application is selected."""
    from gids_desk import Desk

    def make(options: str | None = None, more: str = "", memory: int = 1 << 20) -> Desk:
        head, _, profile_options = PROFILE_TEXT.partition(OPTIONS)
        head = head.replace("[card]\n", f"[card]\nmemory = {memory}\n")
        return Desk(define(head + OPTIONS + (profile_options if options is None else options) + more).card)

    return make


@pytest.fixture
def desk(new_desk: Callable[..., Any]) -> Any:
    """A desk with a new card of the profile."""
    return new_desk()


@pytest.fixture
def blank(new_desk: Callable[..., Any]) -> Any:
    """A desk with a card as it comes."""
    return new_desk("initialised = false\n")


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """A key of 1024 bits, which is made quickly."""
    return rsa.generate_private_key(65537, 1024)  # noqa: S505
