"""Long commands and responses under secure messaging on logical channels, in parts and with extended lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from iso7816 import CommandAPDU, ResponseAPDU

from .outside import AES, Outside

SECRET = bytes(range(16))
DEFINITION = f"""
[card]
historical_bytes = "80 31 E0 73 F7 41 FF"
[[keys]]
reference = 2
type = "aes"
value = "{AES.hex()}"
usage = ["external", "secure messaging"]
[[keys]]
reference = 4
type = "aes"
value = "{SECRET.hex()}"
usage = ["encipher", "decipher"]
use = "secure messaging"
[files."3F00/6F01"]
type = "transparent"
size = 4096
access = {{ read = "secure messaging", update = "secure messaging" }}
"""
CHANNELS = [0, 3, 4, 19]
DATA = bytes(range(256)) * 3 + b"end"
ZEROS = bytes(16)


def class_of(channel: int) -> int:
    """The class byte of a plain command."""
    return channel if channel < 4 else 0x40 + channel - 4


@pytest.fixture
def begin(define: Callable[[str], Any]) -> Callable[[int], Outside]:
    """A card with a session on one channel, where the file is selected."""

    def on(channel: int) -> Outside:
        outside, cla = Outside(define(DEFINITION).card), class_of(channel)
        if channel:
            assert outside.plain(f"007000{channel:02X}") == "9000"
        assert outside.authenticate(2, cla=cla) == "9000"
        assert outside.say(f"{cla:02X}A4000C026F01") == "9000"
        return outside

    return on


def parts(command: CommandAPDU, size: int) -> list[CommandAPDU]:
    """A protected command in a chain."""
    pieces = [command.data[start : start + size] for start in range(0, len(command.data), size)]
    chained = [command._replace(cla=command.cla | 0x10, data=piece, ne=None) for piece in pieces[:-1]]
    return [*chained, command._replace(data=pieces[-1], ne=256)]


def say_in_parts(outside: Outside, command: CommandAPDU, size: int = 200) -> ResponseAPDU:
    """A command under the session that goes as a chain of short ones, its response fetched by GET RESPONSE."""
    assert outside.session is not None
    *first, last = parts(outside.session.protect(command), size)
    assert first
    for each in first:
        assert not each.needs_extended
        assert outside.exchange(each) == ResponseAPDU(b"", 0x9000)
    return outside.session.open(command, outside.exchange(last))


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_long_command_in_parts(begin: Callable[[int], Outside], channel: int) -> None:
    outside, cla = begin(channel), class_of(channel)
    assert say_in_parts(outside, CommandAPDU(cla, 0xD6, 0, 5, DATA)) == ResponseAPDU(b"", 0x9000)
    read = CommandAPDU(cla, 0xB0, 0, 5, b"", len(DATA))
    assert outside.session is not None
    # The response is longer than a short Le can ask for: 61XX, and GET RESPONSE on the same channel.
    protected = outside.session.protect(read)
    first = ResponseAPDU.parse(outside.card.transmit(protected._replace(ne=256).to_bytes()))
    assert (len(first.data), first.sw >> 8) == (256, 0x61)
    rest, fetch = first, CommandAPDU(cla, 0xC0, 0, 0, b"", 256)
    whole = first.data
    while rest.sw >> 8 == 0x61:
        rest = ResponseAPDU.parse(outside.card.transmit(fetch.to_bytes()))
        whole += rest.data
    assert outside.session.open(read, ResponseAPDU(whole, rest.sw)) == ResponseAPDU(DATA, 0x9000)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("length", [1, 15, 16, 255, 256, 771, 4000])
def test_data_and_response_of_extended_length(begin: Callable[[int], Outside], channel: int, length: int) -> None:
    """ENCIPHER and DECIPHER of so many bytes, with extended length fields and in parts."""
    outside, cla = begin(channel), class_of(channel)
    data = (DATA * 6)[:length]
    padded = data + b"\x80" + bytes(-(length + 1) % 16)
    encryptor = Cipher(algorithms.AES(SECRET), modes.CBC(ZEROS)).encryptor()
    cryptogram = encryptor.update(padded) + encryptor.finalize()
    assert outside.say(f"{cla:02X}22C1B8 06 80010D 830104") == "9000"
    encipher = CommandAPDU(cla, 0x2A, 0x84, 0x80, data, 65536)
    decipher = CommandAPDU(cla, 0x2A, 0x80, 0x84, cryptogram, 65536)
    assert encipher.needs_extended
    for command, expected in ((encipher, cryptogram), (decipher, data)):
        assert outside.session is not None
        answer = outside.session.open(command, outside.exchange(outside.session.protect(command)))
        assert answer == ResponseAPDU(expected, 0x9000)
        assert say_in_parts(outside, command, size=20) == answer


@pytest.mark.parametrize("channel", [1, 4, 19])
def test_a_chain_that_another_channel_interrupts_ends_the_session(
    begin: Callable[[int], Outside], channel: int
) -> None:
    outside, cla = begin(channel), class_of(channel)
    assert outside.session is not None
    *first, last = parts(outside.session.protect(CommandAPDU(cla, 0xD6, 0, 0, DATA)), 200)
    for each in first:
        assert outside.exchange(each).sw == 0x9000
    assert outside.plain("00A4000C026F01") == "9000"
    # What is left is no whole message: nothing is written, and the session is over.
    assert outside.exchange(last).sw in (0x6987, 0x6988)
    assert outside.say(f"{cla:02X}B0000001") == "6988"
    outside.card.reset()
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F01") == "9000"
    assert outside.say("00B0000004") == "000000009000"


def test_sessions_on_two_channels_do_not_mix(begin: Callable[[int], Outside]) -> None:
    outside = begin(19)
    on_19 = outside.session
    assert outside.authenticate(2) == "9000"
    on_0 = outside.session
    assert outside.say("00A4000C026F01") == "9000"
    for _ in range(2):
        outside.session = on_19
        assert say_in_parts(outside, CommandAPDU(0x4F, 0xD6, 0, 0, DATA)) == ResponseAPDU(b"", 0x9000)
        outside.session = on_0
        assert outside.say("00B0000004") == "000102039000"
    # A command of the one session on the channel of the other.
    assert on_19 is not None
    protected = on_19.protect(CommandAPDU(0x4F, 0xB0, 0, 0, b"", 4))
    assert outside.exchange(protected._replace(cla=0x0C)).sw == 0x6988
    assert outside.exchange(protected).data
