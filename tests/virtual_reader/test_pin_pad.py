"""PINs keyed at a reader, all the way to an emulated card and its retry counter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import Card
from iso7816.describe import Dialogue
from scardmgr.winscard import EmbeddedResourceManager, Key, PINPad
from scardmgr.winscard.part10.features import Feature, feature_code
from scardmgr.winscard.part10.structures import PINFormat, PINModification, PINVerification
from virtual_reader import ReaderArgumentError, TracingICC, insert

PLAIN = """
[[chvs]]
reference = 0x01
value = "1234"
[files."3F00/6F01"]
type = "transparent"
content = "secret"
access = { read = "CHV 1" }
"""
PADDED = PLAIN.replace('value = "1234"', 'value = "1234"\npadding = 0xFF\nmax_length = 8')


class Desk:
    """A card holder's place: a reader with keys, and a card in it whose exchanges are recorded."""

    def __init__(self, card: Card) -> None:
        self.pad = PINPad(10.0)
        self.exchanges: list[tuple[bytes, bytes]] = []
        traced = TracingICC(card, lambda command, response: self.exchanges.append((command, response)))
        self.reader = insert(traced, into=EmbeddedResourceManager(), pin_pad=self.pad)
        self.rm = self.reader.resource_manager
        self.handle = self.rm.connect(self.rm.establish_context(), self.reader.name).handle

    def verify(self, apdu: str, block: int) -> str:
        request = PINVerification(
            time_out=30,
            time_out_after_key=30,
            format=PINFormat(0x82, block, 0x00),
            minimum=4,
            maximum=8,
            apdu=bytes.fromhex(apdu),
        )
        return self._control(Feature.VERIFY_PIN_DIRECT, request.to_bytes())

    def modify(self, apdu: str, block: int, offset_new: int) -> str:
        request = PINModification(
            time_out=30,
            time_out_after_key=30,
            format=PINFormat(0x02, block, 0x00),
            minimum=4,
            maximum=8,
            offset_new=offset_new,
            apdu=bytes.fromhex(apdu),
        )
        return self._control(Feature.MODIFY_PIN_DIRECT, request.to_bytes())

    def send(self, apdu: str) -> str:
        return self.rm.transmit(self.handle, bytes.fromhex(apdu)).hex().upper()

    def _control(self, feature: Feature, data: bytes) -> str:
        return self.rm.control(self.handle, feature_code(feature), data).hex().upper()


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    definition = tmp_path / "card.toml"
    definition.write_text(request.param, encoding="utf-8")
    made = Desk(Card.from_profile(definition))
    yield made
    made.reader.close()


#: As OpenSC writes them: (VERIFY, CHANGE REFERENCE DATA, bmPINBlockString, bInsertionOffsetNew).
SHAPES = {
    PLAIN: ("00200001 00", "00240001 00", 0x00, 0),
    PADDED: ("00200001 08" + "FF" * 8, "00240001 10" + "FF" * 16, 0x08, 8),
}


@pytest.mark.parametrize("desk", [PLAIN, PADDED], ids=["plain", "padded"], indirect=True)
def test_right_and_wrong_pins_and_a_change(desk: Desk, request: pytest.FixtureRequest) -> None:
    definition = request.node.callspec.params["desk"]
    verify, change, block, offset_new = SHAPES[definition]
    assert desk.send("00B0810000") == "6982"
    desk.pad.press("9999", Key.ENTER)
    assert desk.verify(verify, block) == "63C2"
    assert desk.send("00200001") == "63C2"
    desk.pad.press("9999", Key.CANCEL)
    assert desk.verify(verify, block) == "6401"
    assert desk.send("00200001") == "63C2"
    desk.pad.press("1234", Key.ENTER)
    assert desk.verify(verify, block) == "9000"
    assert desk.send("00B0810000") == b"secret".hex().upper() + "9000"

    desk.pad.press("1234", Key.ENTER, "56789", Key.ENTER, "56780", Key.ENTER)
    assert desk.modify(change, block, offset_new) == "6402"
    desk.pad.press("1234", Key.ENTER, "56789", Key.ENTER, "56789", Key.ENTER)
    assert desk.modify(change, block, offset_new) == "9000"
    for left in ("63C2", "63C1", "63C0", "6983"):
        desk.pad.press("1234", Key.ENTER)
        assert desk.verify(verify, block) == left
    desk.pad.press("56789", Key.ENTER)
    assert desk.verify(verify, block) == "6983"


@pytest.mark.parametrize("desk", [PLAIN], indirect=True)
def test_a_trace_put_in_words_does_not_tell_the_pin(desk: Desk) -> None:
    desk.pad.press("1234", Key.ENTER)
    assert desk.verify("0020000100", 0) == "9000"
    [(command, response)] = desk.exchanges
    assert command == bytes.fromhex("002000010431323334")
    words = str(Dialogue().entry(command, response))
    assert "VERIFY" in words
    assert "31323334" not in words.replace(" ", "")
    assert "1234" not in words


@pytest.mark.parametrize("via", ["pcscd", "vpcd"])
def test_other_readers_have_no_keys(via: str) -> None:
    with pytest.raises(ReaderArgumentError, match="pin_pad="):
        insert(Card.from_profile("iso7816"), via=via, pin_pad=PINPad())  # type: ignore[arg-type]
