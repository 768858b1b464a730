"""A card with keys of every kind, its CryptoProvider, and what ``cryptography`` has of the same keys."""

from __future__ import annotations

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from emulator import Card
from scardmgr import CRYPTPROV, SCardManage

DEFINITION = Path(__file__).with_name("keys.toml")


def key_card() -> Card:
    """The card of keys.toml."""
    return Card.from_profile(DEFINITION)


def t0_key_card() -> Card:
    """The same card with an ATR that offers T=0."""
    text = DEFINITION.read_text("utf-8")
    assert 'protocols = ["T=1"]' in text
    with TemporaryDirectory() as folder:
        definition = Path(folder) / "t0.toml"
        definition.write_text(text.replace('protocols = ["T=1"]', 'protocols = ["T=0"]'), encoding="utf-8")
        return Card.from_profile(definition)


@pytest.fixture(scope="session")
def outside() -> dict[int, Any]:
    """The private keys that the card was given, by reference."""
    keys = tomllib.loads(DEFINITION.read_text("utf-8"))["keys"]
    return {key["reference"]: load_pem_private_key(key["pem"].encode(), None) for key in keys if "pem" in key}


@pytest.fixture
def crypto(manage: SCardManage) -> CRYPTPROV:
    """The cryptographic services of the card."""
    made = manage.CreateInterface(None, "CryptoProvider")
    assert isinstance(made, CRYPTPROV)
    return made
