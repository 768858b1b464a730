"""Secure messaging with the card: sessions begun in both ways, what ends them, and rules that demand them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iso7816 import CommandAPDU, KeyType
from iso7816.secure_messaging import HostSession, SessionKeys
from iso7816.secure_messaging.key_establishment import (
    Contribution,
    agreed_session,
    make_token,
    read_token,
)

from .outside import AES, KEYS, LONG, Outside

DEFINITION = """
[card]
protocols = ["T=1"]
historical_bytes = "80 31 E0 73 F7 41 FF"
[[chvs]]
reference = 1
value = "1234"
[[keys]]
reference = 1
type = "3des"
value = "239AB9CB282DAF66231DC5A4DF6BFBAE"
usage = ["external", "secure messaging"]
tries = 3
[[keys]]
reference = 2
type = "aes"
value = "101112131415161718191A1B1C1D1E1F"
usage = ["external", "internal", "secure messaging"]
[[keys]]
reference = 3
type = "aes"
value = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"
usage = ["external", "secure messaging"]
uses = 2
[[keys]]
reference = 4
type = "aes"
value = "00112233445566778899AABBCCDDEEFF"
usage = ["external", "internal"]
[[keys]]
reference = 5
type = "3des"
value = "404142434445464748494A4B4C4D4E4F5051525354555657"
usage = ["secure messaging"]
[[keys]]
reference = 6
type = "aes"
value = "202122232425262728292A2B2C2D2E2F"
usage = ["secure messaging"]
use = "CHV 1"
[[keys]]
reference = 7
type = "aes"
value = "404142434445464748494A4B4C4D4E4F5051525354555657"
usage = ["external", "secure messaging"]
[files."3F00/6F01"]
type = "transparent"
content = { hex = "00 01 02 03 04 05 06 07" }
[files."3F00/6F01".access]
read = "secure messaging"
update = { all = ["CHV 1", "secure messaging"] }
write = { any = ["CHV 1", "secure messaging"] }
[files."3F00/6F02"]
type = "transparent"
size = 65533
access = { read = "always", update = "always" }
[files."3F00/6F03"]
type = "transparent"
content = "keyed"
access = { read = { all = ["key 2", "secure messaging"] } }
[[data_objects]]
tag = 0x0101
size = 65000
read = "secure messaging"
update = "always"
"""


@pytest.fixture
def outside(define: Callable[[str], Any]) -> Outside:
    return Outside(define(DEFINITION).card)


STATIC = SessionKeys(KeyType.AES, AES, LONG)


# Beginning


@pytest.mark.parametrize("reference", KEYS)
def test_mutual_authentication_begins_a_session(outside: Outside, reference: int) -> None:
    assert outside.authenticate(reference) == "9000"
    assert outside.say("00A4000C026F01") == "9000"
    assert outside.say("00B0000000") == "00010203040506079000"
    assert outside.say("00B0000000", is_enciphered=False) == "00010203040506079000"


def test_an_extended_le_field_under_a_session_asks_for_256_bytes_and_not_for_all(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F01") == "9000"
    assert outside.say("00B0000000") == outside.say("00B00000000000") == "00010203040506079000"
    assert outside.say("00B00000000100") == "00010203040506076282"
    assert outside.plain("10DA0101 80" + 128 * "AB") == outside.plain("00DA0101 F0" + 240 * "AB") == "9000"
    assert outside.authenticate(2) == "9000"
    assert outside.say("00CA0101000100") == "6700"
    assert outside.say("00CA0101000170") == 368 * "AB" + "9000"


def test_static_keys_begin_a_session(outside: Outside) -> None:
    assert outside.begin_static(2, 3, STATIC) == "9000"
    assert outside.say("00A4000C026F01") == "9000"
    assert outside.say("00B0000004") == "000102039000"


def test_static_keys_of_3des_begin_a_session(outside: Outside) -> None:
    value = bytes.fromhex("404142434445464748494A4B4C4D4E4F5051525354555657")
    assert outside.begin_static(5, 5, SessionKeys(KeyType.TRIPLE_DES, value, value[:16])) == "9000"
    assert outside.say("00A4000C026F01") == "9000"


@pytest.mark.parametrize(
    ("encryption", "checksum", "size", "sw"),
    [
        (4, 4, 16, "6984"),  # not for this
        (2, 5, 16, "6985"),  # two ciphers
        (2, 2, 8, "6985"),  # a challenge of another length
        (6, 6, 16, "6982"),  # CHV 1 first
        (9, 9, 16, "6A88"),
    ],
)
def test_static_keys_that_begin_none(outside: Outside, encryption: int, checksum: int, size: int, sw: str) -> None:
    outside.plain(f"00840000{size:02X}")
    first = outside.plain(f"002231B4038301{checksum:02X}")
    assert sw in (first, outside.plain(f"002231B8038301{encryption:02X}"))
    assert outside.plain("0CB000000D9701048E080000000000000000") == "6988"


def test_static_keys_need_a_challenge_and_both_directions(outside: Outside) -> None:
    assert outside.plain("002231B4038301 02") == "9000"
    assert outside.plain("002231B8038301 02") == "6985"
    assert outside.plain("002211B4038301 02") == "6A81"
    assert outside.plain("002221B8038301 02") == "6A81"


def test_the_uses_of_static_keys_are_counted(outside: Outside) -> None:
    keys = SessionKeys(KeyType.AES, LONG, LONG)
    for expected in ("9000", "9000", "6985"):
        assert outside.begin_static(3, 3, keys) == expected


def test_wrong_tokens_are_counted(outside: Outside) -> None:
    for expected in ("63C2", "63C1", "63C0", "6983"):
        assert outside.authenticate(1, spoil=lambda token: token[:-1] + bytes((token[-1] ^ 1,))) == expected
    assert outside.authenticate(1) == "6983"


def test_a_key_that_begins_no_session_takes_no_such_token(outside: Outside) -> None:
    KEYS[4] = (KeyType.AES, bytes.fromhex("00112233445566778899AABBCCDDEEFF"))
    try:
        assert outside.authenticate(4) == "6700"
    finally:
        del KEYS[4]


def test_the_token_is_an_answer_to_the_challenge_of_the_card(outside: Outside) -> None:
    key_type, key = KEYS[2]
    outside.plain("0084000010")
    token = make_token(key_type, key, Contribution(bytes(16), bytes(16), bytes(16)))
    assert outside.plain(f"0082000238{token.hex()}00") == "6300"
    assert outside.plain(f"0082000238{token.hex()}00") == "6985"
    challenge = bytes.fromhex(outside.plain("0084000010")[:-4])
    mirrored = make_token(key_type, key, Contribution(challenge, challenge, bytes(16)))
    assert outside.plain(f"0082000238{mirrored.hex()}00") == "6300"
    assert outside.plain(f"0082000238{mirrored.hex()}") == "6700"


# What ends a session


def test_a_plain_command_ends_it_with_what_it_proved(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.say("00820002") == "9000"
    assert outside.say("00A4000C026F03") == "9000"
    assert outside.say("00B0000000") == b"keyed".hex().upper() + "9000"
    assert outside.plain("00B0000000") == "6982"
    assert outside.plain("00820002") == "6300"
    assert outside.say("00B0000000") == "6988"


def test_a_wrong_checksum_ends_it(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.session is not None
    protected = outside.session.protect(CommandAPDU(0, 0xB0, 0, 0, b"", 4))
    spoilt = protected._replace(data=protected.data[:-1] + bytes((protected.data[-1] ^ 1,)))
    assert outside.exchange(spoilt).sw == 0x6988
    assert outside.exchange(protected).sw == 0x6988
    assert outside.plain("00820002") == "6300"


def test_missing_data_objects_end_it(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.plain("0CB00000 03 970104 00") == "6987"
    assert outside.say("00B0000000") == "6988"


def test_a_replay_ends_it(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.session is not None
    command = CommandAPDU(0, 0xA4, 0, 0x0C, b"\x6f\x01")
    protected = outside.session.protect(command)
    assert outside.session.open(command, outside.exchange(protected)).sw == 0x9000
    assert outside.exchange(protected).sw == 0x6988


def test_a_wrong_message_in_an_envelope_ends_it(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.session is not None
    envelope = CommandAPDU(0, 0xC2, 0, 0, bytes.fromhex("0CB0000003 970104 00"), 256)
    assert outside.exchange(outside.session.protect(envelope)).sw == 0x6988
    assert outside.plain("00CA006200").startswith("62")


def test_a_reset_ends_it(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    outside.card.reset()
    assert outside.say("00B0000000") == "6988"


def test_another_session_takes_its_place_under_its_protection(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    first = outside.session
    assert first is not None
    key_type, key = KEYS[3]
    challenge = bytes.fromhex(outside.say("0084000010")[:-4])
    own = Contribution(bytes(16), challenge, bytes(32))
    answer = bytes.fromhex(outside.say(f"0082000348{make_token(key_type, key, own).hex()}00")[:-4])
    outside.session = HostSession(*agreed_session(key_type, key, own, read_token(key_type, key, answer)))
    assert outside.say("00A4000C026F01") == "9000"
    outside.session = first
    assert outside.say("00A4000C026F01") == "6988"


# What goes under it


def test_status_words_come_protected_too(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F99") == "6A82"
    assert outside.say("00FF0000") == "6D00"
    assert outside.say("0020000104" + b"9999".hex()) == "63C2"
    assert outside.say("00A4000C026F01") == "9000"
    assert outside.say("00B0000009") == "00010203040506076282"


def test_long_commands_and_responses_go_under_it(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F02") == "9000"
    data = bytes(range(256)) * 100
    assert outside.say(f"00D60000 00 {len(data):04X} {data.hex()}") == "9000"
    assert outside.say("00B00000 006400")[:-4] == data.hex().upper()
    assert outside.say("00B00000 00")[:-4] == data[:256].hex().upper()


def test_what_is_too_long_for_it_is_refused_and_the_session_goes_on(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F02") == "9000"
    assert outside.say("00B00000 000000") == "6700"
    assert outside.say("00B00000 00")[-4:] == "9000"


def test_odd_instructions_have_their_own_data_objects(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.say("00B16F01 03 540100 00") == "5308" + "00010203040506079000"[:16] + "9000"
    assert outside.say("00B16F01 03 540100 00", is_enciphered=False)[-4:] == "9000"


def test_a_protected_command_may_come_in_parts(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert outside.session is not None
    command = CommandAPDU(0, 0xA4, 0, 0x0C, b"\x6f\x01")
    whole = outside.session.protect(command)
    half = len(whole.data) // 2
    assert outside.exchange(whole._replace(cla=0x1C, data=whole.data[:half], ne=None)).sw == 0x9000
    answer = outside.exchange(whole._replace(data=whole.data[half:]))
    assert outside.session.open(command, answer).sw == 0x9000


def test_it_goes_through_t0(define: Callable[[str], Any]) -> None:
    outside = Outside(define(DEFINITION.replace("T=1", "T=0")).card)
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F01") == "9000"
    assert outside.say("00B0000004") == "000102039000"


# Channels


@pytest.mark.parametrize("number", [1, 3, 4, 19])
def test_a_session_belongs_to_its_channel(outside: Outside, number: int) -> None:
    cla = number if number < 4 else 0x40 + number - 4
    assert outside.plain(f"007000{number:02X}") == "9000"
    assert outside.authenticate(2, cla=cla) == "9000"
    assert outside.say(f"{cla:02X}A4000C026F01") == "9000"
    assert outside.plain("00A4000C026F01") == "9000"
    assert outside.plain("00B0000000") == "6982"
    assert outside.say(f"{cla:02X}B0000004") == "000102039000"
    assert outside.plain(f"007080{number:02X}") == "9000"
    assert outside.plain(f"007000{number:02X}") == "9000"
    assert outside.say(f"{cla:02X}B0000004") == "6988"


def test_a_channel_closes_itself_under_its_session(outside: Outside) -> None:
    assert outside.plain("00700001") == "9000"
    assert outside.authenticate(2, cla=1) == "9000"
    assert outside.say("01708000") == "9000"
    assert outside.plain("01A4000C026F01") == "6881"


# Rules


def test_rules_demand_it_by_file_and_operation(outside: Outside) -> None:
    assert outside.plain("00A4000C026F01") == "9000"
    assert outside.plain("00B0000000") == "6982"
    assert outside.plain("002000010431323334") == "9000"
    assert outside.plain("00B0000000") == "6982"
    assert outside.plain("00D6000001FF") == "6982"
    assert outside.plain("00D0000001FF") == "9000"
    outside.card.reset()
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F01") == "9000"
    assert outside.say("00B0000001") == "FF9000"
    assert outside.say("00D6000001AA") == "6982"
    assert outside.say("00D0000001AA") == "9000"
    assert outside.say("002000010431323334") == "9000"
    assert outside.say("00D6000001AA") == "9000"
    assert outside.say("00CA0101 00") == "9000"
    assert outside.plain("00CA0101 00") == "6982"


def test_the_control_parameters_tell_the_rule(outside: Outside) -> None:
    parameters = outside.plain("00A40004026F0100")
    assert "8C" in parameters
    assert "40" in parameters.partition("8C")[2]


def test_a_rule_of_the_expanded_format_demands_it(outside: Outside) -> None:
    # AB: read (80 01 01) needs a checksum (B4); update (80 01 02) is free (90)
    parameters = "80 01 08  82 01 01  83 02 6F20  AB 0A  80 01 01  B4 00  80 01 02  90 00"
    value = bytes.fromhex(parameters)
    assert outside.plain(f"00E00000 {len(value) + 2:02X} 62 {len(value):02X} {value.hex()}") == "9000"
    assert outside.plain("00D6000002AABB") == "9000"
    assert outside.plain("00B0000002") == "6982"
    assert outside.authenticate(2) == "9000"
    assert outside.say("00A4000C026F20") == "9000"
    assert outside.say("00B0000002") == "AABB9000"


def test_no_word_of_a_session_is_in_a_repr(outside: Outside) -> None:
    assert outside.authenticate(2) == "9000"
    assert AES.hex() not in repr(vars(outside.card))
