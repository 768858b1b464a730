"""The card: an emulated ISO/IEC 7816 card that sits in a reader as an :class:`iso7816.icc.ICC`.

It knows no reader and no socket: power, reset and ``transmit(bytes) -> bytes`` are all that crosses.
``Card.from_profile`` makes one from a card definition (docs/card.md), ``Card.open`` from an image.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.applications.contract import Application, ApplicationValues
    from emulator.applications.registry import register_application
    from emulator.emulated_card import Card, CardSnapshot
    from emulator.errors import (
        ApplicationMissing,
        CardDefinitionError,
        CardError,
        CardImageError,
        CardImageExists,
        CardImageLocked,
        CardImageMissing,
        CardImageNotSealed,
        CardImageSealed,
        NewerCardImage,
        NotACardImage,
        PersonalisationError,
        WeakKeyError,
        WrongPassphrase,
    )
    from emulator.images.resealing import change_passphrase, seal_image, unseal_image
    from emulator.images.sealing.key_derivation import Passphrase

__all__ = [
    "Application",
    "ApplicationMissing",
    "ApplicationValues",
    "Card",
    "CardDefinitionError",
    "CardError",
    "CardImageError",
    "CardImageExists",
    "CardImageLocked",
    "CardImageMissing",
    "CardImageNotSealed",
    "CardImageSealed",
    "CardSnapshot",
    "NewerCardImage",
    "NotACardImage",
    "Passphrase",
    "PersonalisationError",
    "WeakKeyError",
    "WrongPassphrase",
    "change_passphrase",
    "register_application",
    "seal_image",
    "unseal_image",
]

_HOMES = dict.fromkeys(__all__, "emulator.errors")
_HOMES["Application"] = _HOMES["ApplicationValues"] = "emulator.applications.contract"
_HOMES["register_application"] = "emulator.applications.registry"
_HOMES.update(dict.fromkeys(("change_passphrase", "seal_image", "unseal_image"), "emulator.images.resealing"))
_HOMES["Passphrase"] = "emulator.images.sealing.key_derivation"  # noqa: S105 (a module)
_HOMES["Card"] = _HOMES["CardSnapshot"] = "emulator.emulated_card"


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
