"""What the tests of sealed images share: a seal that costs next to nothing, and a sealed image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator import Card, Passphrase
from emulator.images.sealing import scrypt_cost
from emulator.images.sealing.scrypt_cost import ScryptCost

PASSPHRASE = "correct horse"


@pytest.fixture(scope="package", autouse=True)
def cheap_seals() -> Iterator[None]:
    """New seals ask for next to no work; what the usual ones ask for is looked at once, on the command line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scrypt_cost, "DEFAULT_COST", ScryptCost(4, 2, 1))
        yield


@pytest.fixture
def passphrase() -> str:
    """What the sealed images are sealed with."""
    return PASSPHRASE


@pytest.fixture
def sealed(card: Card, tmp_path: Path) -> Path:
    """A sealed image of the built-in profile."""
    path = tmp_path / "sealed.card"
    card.save(path, passphrase=PASSPHRASE)
    return path


@pytest.fixture
def secrets_of() -> Callable[[Card], dict[str, bytes]]:
    """Tells what a card has that is secret and can be looked for: long enough and not all 00; with what it is.

    Of a long one a piece near its end: it may lie on several pages, and a key begins with what it is a key of.
    """

    def piece(secret: bytes) -> bytes:
        return secret if len(secret) < 48 else secret[-40:-8]

    def tell(card: Card) -> dict[str, bytes]:
        state = card._state
        secrets = {
            **{f"CHV {where}": chv.value for where, chv in state.chvs.items()},
            **{f"PUK {where}": chv.puk.value for where, chv in state.chvs.items() if chv.puk is not None},
            **{f"key {where}": key.material.value for where, key in state.keys.items() if key.material is not None},
            **{f"value {where}": value for where, value in state.application_values.items()},
        }
        return {what: piece(secret) for what, secret in secrets.items() if len(secret) > 3 and any(secret)}

    return tell


@pytest.fixture(scope="session")
def opened() -> Callable[[Path], Card]:
    """Opens a sealed image as a copy, with its passphrase."""
    passphrase = Passphrase(PASSPHRASE)
    return lambda path: Card.open(path, "copy", passphrase=passphrase)
