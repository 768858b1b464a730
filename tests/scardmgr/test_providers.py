"""Which provider serves a card: by its ATR, newest registration first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from emulator import Card
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    CARD_TYPES,
    CRYPTPROV,
    SCARD_E_CARD_UNSUPPORTED,
    SCARD_E_UNSUPPORTED_FEATURE,
    ATRPattern,
    CardProvider,
    CardTypes,
    HResultError,
    ISCardAuth,
    ISCardFileAccess,
    ISCardVerify,
    SCardManage,
)
from scardmgr.providers.iso.crypto.provider import ISO7816CryptProv
from scardmgr.providers.iso.provider import ISO7816Provider

PUMP = UUID("12345678-1234-1234-1234-123456789ABC")


class Elsewhere(ISO7816Provider):
    """A card type of somebody else's, which has an interface of its own and does without ISCardAuth."""

    def __init__(self, pattern: ATRPattern) -> None:
        self.pattern = pattern

    def serves(self, atr: bytes) -> bool:
        return self.pattern.matches(atr)

    def create_authentication(self, attachment: Any) -> ISCardAuth:
        raise HResultError(SCARD_E_CARD_UNSUPPORTED, attachment.reader)

    def create_other(self, attachment: Any, iid: UUID | None, name: str, user_data: object) -> object | None:
        return (attachment.reader, user_data) if iid == PUMP or name == "CryptoProvider" else None


def exactly(atr: bytes) -> ATRPattern:
    return ATRPattern(atr, b"\xff" * len(atr))


def test_the_process_wide_types_serve_any_card_that_answers() -> None:
    assert isinstance(CARD_TYPES.provider_for(bytes.fromhex("3B00")), ISO7816Provider)
    with pytest.raises(HResultError) as caught:
        CARD_TYPES.provider_for(b"")
    assert caught.value.hresult == SCARD_E_CARD_UNSUPPORTED


def test_another_card_type_brings_its_own_interfaces(card: Card, reader: CardReader) -> None:
    mine = Elsewhere(exactly(card.atr))
    types = CardTypes(ISO7816Provider())
    types.register(mine)
    with SCardManage(reader.resource_manager, types) as manage:
        manage.AttachByIFD(reader.name)
        assert isinstance(manage.CreateFileAccess(), ISCardFileAccess)
        assert isinstance(manage.CreateCHVerification(), ISCardVerify)
        with pytest.raises(HResultError):
            manage.CreateCardAuth()
        assert manage.CreateInterface(PUMP, None, 42) == (reader.name, 42)
        assert manage.CreateInterface(None, "CryptoProvider", 43) == (reader.name, 43)
        types.unregister(mine)
        assert isinstance(manage.CreateCardAuth(), ISCardAuth)


class Dice(ISO7816CryptProv):
    """A CryptoProvider of somebody else's, which has its own idea of chance."""

    def GenRandom(self, dwLen: int) -> bytes:  # noqa: N802, N803 - published names
        return b"\x04" * dwLen  # chosen by fair dice roll


class WithDice(Elsewhere):
    """A card type that brings its own CryptoProvider, made of user data."""

    def create_other(self, attachment: Any, iid: UUID | None, name: str, user_data: object) -> None:
        """None: the methods for each interface make them."""

    def create_crypto_provider(self, attachment: Any, user_data: object) -> CRYPTPROV | None:
        return Dice(attachment) if user_data == "dice" else None


def test_another_card_type_brings_its_own_crypto_provider(card: Card, reader: CardReader) -> None:
    with SCardManage(reader.resource_manager, CardTypes(WithDice(exactly(card.atr)))) as manage:
        manage.AttachByIFD(reader.name)
        for iid, name in ((CRYPTPROV.IID, None), (None, "CryptoProvider"), (None, "CRYPTPROV")):
            crypto = manage.CreateInterface(iid, name, "dice")
            assert isinstance(crypto, CRYPTPROV)
            assert crypto.GenRandom(3) == b"\x04\x04\x04"
            with pytest.raises(HResultError) as caught:
                manage.CreateInterface(iid, name)
            assert caught.value.hresult == SCARD_E_UNSUPPORTED_FEATURE


def test_a_card_of_another_atr_goes_to_the_next_provider() -> None:
    general = ISO7816Provider()
    types = CardTypes(Elsewhere(exactly(bytes.fromhex("3B8001 81"))), general)
    assert types.provider_for(bytes.fromhex("3B800101")) is general
    assert isinstance(types.provider_for(bytes.fromhex("3B800181")), Elsewhere)


@pytest.mark.parametrize(
    ("atr", "mask", "given", "matches"),
    [
        ("3B00", "FFFF", "3B00", True),
        ("3B00", "FFFF", "3B01", False),
        ("3B00", "FFF0", "3B0F", True),
        ("3B00", "FFFF", "3B0000", False),
        ("3B00", "0000", "3F11", True),
    ],
)
def test_only_masked_bits_count(atr: str, mask: str, given: str, *, matches: bool) -> None:
    assert ATRPattern(bytes.fromhex(atr), bytes.fromhex(mask)).matches(bytes.fromhex(given)) is matches


@pytest.mark.parametrize(("atr", "mask"), [(b"", b""), (b"\x3b", b""), (b"\x3b", b"\xff\xff")])
def test_a_pattern_has_a_mask_of_its_length(atr: bytes, mask: bytes) -> None:
    with pytest.raises(ValueError, match="mask"):
        ATRPattern(atr, mask)


def test_a_provider_has_to_be_complete() -> None:
    with pytest.raises(TypeError):
        CardProvider()  # type: ignore[abstract]
