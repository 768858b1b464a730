"""The tests of the application share a module of their own, which lies beside them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from emulator import Card

sys.path.append(str(Path(__file__).parent))

PROFILE_TEXT = (Path(__file__).parents[4] / "emulator" / "profiles" / "gids.toml").read_text(encoding="utf-8")
HEAD = '[card]\nprotocols = ["T=1"]'
HISTORICAL_BYTES = "80 73 C0 21 C0 F9 A0 00 00 03 97 42 54 46 59"
OPTIONS = "[applications.options]\n"


@pytest.fixture
def new_card(define: Callable[[str], Any]) -> Callable[..., Card]:
    """Makes a card whose options are those of the profile, or others."""

    def make(
        options: str | None = None,
        more: str = "",
        memory: int = 1 << 20,
        head: str = HEAD,
        historical_bytes: str = HISTORICAL_BYTES,
    ) -> Card:
        identity, _, profile_options = PROFILE_TEXT.partition(OPTIONS)
        for old, new in ((HEAD, f"{head}\nmemory = {memory}"), (HISTORICAL_BYTES, historical_bytes)):
            assert old in identity
            identity = identity.replace(old, new)
        return define(identity + OPTIONS + (profile_options if options is None else options) + more).card  # type: ignore[no-any-return]

    return make


@pytest.fixture
def new_desk(new_card: Callable[..., Card]) -> Callable[..., Any]:
    """Makes a desk with such a card; the application is selected."""
    from gids_desk import Desk

    return lambda *options, **more: Desk(new_card(*options, **more))


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
