"""A card and a plain model of it go through the same life: what one says, the other does."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from emulator import Card
from emulator.emulated_card import CardSnapshot

PINS = st.sampled_from([b"1111", b"2222", b"3333"])


class CardLife(RuleBasedStateMachine):
    """A CHV, a transparent EF that needs it, a cyclic EF that is free, and files that come and go."""

    snapshots: Bundle[tuple[CardSnapshot, object]] = Bundle("snapshots")

    @initialize()
    def new(self) -> None:
        self.card = Card.from_profile("iso7816")
        self.card.power_on()
        self.pin = b"1234"
        self.tries = 3
        self.verified = False
        self.text = b"Hello, smart card.".ljust(64, b"\0")
        self.log: list[bytes] = [bytes(7) + b"\2", bytes(7) + b"\1"]
        self.files: dict[int, bytes] = {}

    def send(self, command: str, data: bytes = b"", ne: str = "") -> tuple[bytes, str]:
        length = f"{len(data):02X}" if data else ""
        response = self.card.transmit(bytes.fromhex(command + length + data.hex() + ne))
        return response[:-2], response[-2:].hex().upper()

    def enter(self) -> None:
        assert self.send("00A4080C", bytes.fromhex("7F10"))[1] == "9000"

    @rule(value=st.one_of(PINS, st.just(b"1234")))
    def verify(self, value: bytes) -> None:
        sw = self.send("00200001", value)[1]
        if self.tries == 0:
            assert sw == "6983"
        elif value == self.pin:
            assert sw == "9000"
            self.tries, self.verified = 3, True
        else:
            self.tries, self.verified = self.tries - 1, False
            assert sw == f"63C{self.tries}"

    @rule(old=st.one_of(PINS, st.just(b"1234")), new=PINS)
    def change(self, old: bytes, new: bytes) -> None:
        sw = self.send("00240001", old + new)[1]
        if self.tries == 0:
            assert sw == "6983"
        elif old == self.pin:
            assert sw == "9000"
            self.tries, self.pin = 3, new
        else:
            self.tries, self.verified = self.tries - 1, False
            assert sw == f"63C{self.tries}"

    @rule(new=PINS)
    def unblock(self, new: bytes) -> None:
        assert self.send("002C0001", b"12345678" + new)[1] == "9000"
        self.tries, self.pin = 3, new

    @rule(offset=st.integers(0, 70), data=st.binary(min_size=1, max_size=8))
    def update(self, offset: int, data: bytes) -> None:
        self.enter()
        sw = self.send(f"00D681{offset:02X}", data)[1]
        if not self.verified:
            assert sw == "6982"
        elif offset >= 64:
            assert sw == "6B00"
        elif offset + len(data) > 64:
            assert sw == "6A84"
        else:
            assert sw == "9000"
            self.text = self.text[:offset] + data + self.text[offset + len(data) :]

    @rule(record=st.binary(min_size=8, max_size=8))
    def append(self, record: bytes) -> None:
        self.enter()
        sw = self.send("00E20020", record)[1]
        assert sw == ("9000" if self.verified else "6982")
        if self.verified:
            self.log = [record, *self.log][:5]

    @rule(fid=st.integers(0x6F41, 0x6F44), size=st.integers(1, 20))
    def create(self, fid: int, size: int) -> None:
        self.enter()
        template = bytes.fromhex(f"620D8002{size:04X}8201018302{fid:04X}8800")
        sw = self.send("00E00000", template)[1]
        if not self.verified:
            assert sw == "6982"
        elif fid in self.files:
            assert sw == "6A89"
        else:
            assert sw == "9000"
            self.files[fid] = bytes(size)

    @rule(fid=st.integers(0x6F41, 0x6F44), byte=st.integers(1, 255))
    def fill(self, fid: int, byte: int) -> None:
        self.enter()
        selected = self.send("00A4020C", fid.to_bytes(2, "big"))[1]
        assert selected == ("9000" if fid in self.files else "6A82")
        if fid in self.files:
            content = bytes((byte,)) * len(self.files[fid])
            assert self.send("00D60000", content)[1] == "9000"
            self.files[fid] = content

    @rule(fid=st.integers(0x6F41, 0x6F44))
    def delete(self, fid: int) -> None:
        self.enter()
        sw = self.send("00E40200", fid.to_bytes(2, "big"))[1]
        assert sw == ("9000" if fid in self.files else "6A82")
        self.files.pop(fid, None)

    @rule(off=st.booleans())
    def reset(self, off: bool) -> None:
        if off:
            self.card.power_off()
            self.card.power_on()
        else:
            self.card.reset()
        self.verified = False

    @rule(target=snapshots)
    def snapshot(self) -> tuple[CardSnapshot, object]:
        return self.card.snapshot(), (self.pin, self.tries, self.text, list(self.log), dict(self.files))

    @rule(mark=snapshots)
    def restore(self, mark: tuple[CardSnapshot, tuple[bytes, int, bytes, list[bytes], dict[int, bytes]]]) -> None:
        snapshot, (self.pin, self.tries, self.text, log, files) = mark
        self.log, self.files = list(log), dict(files)
        self.card.restore(snapshot)
        self.verified = False

    @invariant()
    def the_card_holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "card"):
            return
        state = "9000" if self.verified else "6983" if self.tries == 0 else f"63C{self.tries}"
        assert self.send("00200001")[1] == state
        self.enter()
        assert self.send("00B08100", ne="00") == (self.text, "9000")
        assert self.send("00B20125", ne="00") == (b"".join(self.log), "9000")
        for fid, content in self.files.items():
            assert self.send("00A4020C", fid.to_bytes(2, "big"))[1] == "9000"
            assert self.send("00B00000", ne="00") == (content, "9000")


TestCardLife = CardLife.TestCase
TestCardLife.settings = settings(max_examples=40, stateful_step_count=40)
