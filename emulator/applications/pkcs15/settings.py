"""What the options of a card definition set: the version of the interface, and whether keys may be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.pkcs15.interface import Feature, InterfaceVersion
from emulator.definition.section import boolean, integer
from iso7816.icc import TransmissionProtocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.contract import ApplicationValues
    from emulator.command import CardContext
    from emulator.definition.section import Section

_VERSION: Final = b"interface"
_KEY_IMPORT: Final = b"key import"
_VERSIONS: Final = (InterfaceVersion.V0, InterfaceVersion.V1)


def read_settings(options: Section) -> Mapping[bytes, bytes]:
    """The values that keep them. Raises CardDefinitionError."""
    version = _VERSIONS[options.take("interface", integer(0, len(_VERSIONS) - 1), 0)]
    key_import = options.take("key_import", boolean, True)
    return {_VERSION: version.value.to_bytes(2, "big"), _KEY_IMPORT: bytes((key_import,))}


def interface_version(card: CardContext) -> InterfaceVersion:
    """The version of the interface that the card has."""
    return version_among(card.values)


def allows_key_import(card: CardContext) -> bool:
    """Whether private keys may come from outside."""
    return is_key_import_among(card.values)


def version_among(values: Mapping[bytes, bytes] | ApplicationValues) -> InterfaceVersion:
    """The version of the interface of the card that has these values."""
    return InterfaceVersion(int.from_bytes(values[_VERSION], "big"))


def is_key_import_among(values: Mapping[bytes, bytes] | ApplicationValues) -> bool:
    """Whether private keys may come from outside into the card that has these values."""
    return values[_KEY_IMPORT] != b"\0"


def version_and_features(card: CardContext) -> bytes:
    """Three bytes: the version, and the features."""
    features = Feature.SECURE_RANDOM | Feature.ECC
    # On T=0 there are none, and a program that is told of them sends what no card can read.
    if card.capabilities.extended_lengths and TransmissionProtocol.T0 not in card.state.identity.protocols:
        features |= Feature.EXTENDED_LENGTHS
    version = interface_version(card)
    if version is InterfaceVersion.V1:
        features |= Feature.RSA_PSS | Feature.RSA_4096
    return version.value.to_bytes(2, "big") + bytes((features,))
