"""Both ends of a session against each other, and against whoever is between them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816 import CommandAPDU, Iso7816Error, KeyType, ResponseAPDU
from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.secure_messaging import CardSession, HostSession, SecureMessagingError, SessionKeys, derive_session_keys
from iso7816.secure_messaging.algorithms import SessionCipher
from iso7816.secure_messaging.protection import _sealed, open_command, open_response, protect_command

KEY_SETS = (
    SessionKeys(KeyType.TRIPLE_DES, bytes(range(16)), bytes(range(16, 32))),
    SessionKeys(KeyType.TRIPLE_DES, bytes(range(24)), bytes(range(16))),
    *(SessionKeys(KeyType.AES, bytes(range(size)), bytes(range(1, size + 1))) for size in (16, 24, 32)),
)
READ = CommandAPDU(0x00, 0xB0, 0x00, 0x00, b"", 4)
UPDATE = CommandAPDU(0x00, 0xD6, 0x00, 0x00, b"\x01\x02\x03\x04")
OK = ResponseAPDU(b"", 0x9000)

classes = st.one_of(st.integers(0, 3), st.integers(0x10, 0x13), st.integers(0x40, 0x4F), st.integers(0x50, 0x5F))
commands = st.builds(
    CommandAPDU,
    classes,
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
    st.one_of(st.binary(max_size=300), st.integers(60000, 65300).map(bytes)),
    st.one_of(st.none(), st.integers(1, 65536)),
)
responses = st.builds(
    ResponseAPDU,
    st.one_of(st.binary(max_size=300), st.integers(65000, 65400).map(bytes)),
    st.integers(0, 0xFFFF),
)
keys = st.sampled_from(KEY_SETS)


def ends(session_keys: SessionKeys = KEY_SETS[2]) -> tuple[HostSession, CardSession]:
    return HostSession(session_keys), CardSession(session_keys)


def changed(command: CommandAPDU, change: Callable[[tuple[TLV, ...]], list[TLV]]) -> CommandAPDU:
    return command._replace(data=encode_all(change(decode_all(command.data))))


@given(keys, st.lists(st.tuples(commands, responses), min_size=1, max_size=4), st.booleans())
def test_what_one_end_protects_the_other_opens(
    session_keys: SessionKeys, exchanges: list[tuple[CommandAPDU, ResponseAPDU]], is_enciphered: bool
) -> None:
    host, card = ends(session_keys)
    for command, response in exchanges:
        protected = host.protect(command, is_enciphered=is_enciphered)
        # What is sent can be sent: it parses back as it is.
        sent = CommandAPDU.parse(protected.to_bytes())
        assert card.open(sent) == command
        answer = ResponseAPDU.parse(card.protect(sent, response).to_bytes())
        assert host.open(command, answer) == response
        assert host.counter == card.counter


@given(keys, commands, st.data())
def test_a_bit_that_is_changed_ends_the_session(
    session_keys: SessionKeys, command: CommandAPDU, data: st.DataObject
) -> None:
    host, card = ends(session_keys)
    protected = host.protect(command)
    header = bytes(protected[:4])
    place = data.draw(st.integers(1, len(header) + len(protected.data) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    whole = bytearray(header + protected.data)
    whole[place] ^= bit
    with pytest.raises(SecureMessagingError) as caught:
        card.open(protected._replace(ins=whole[1], p1=whole[2], p2=whole[3], data=bytes(whole[4:])))
    assert caught.value.sw in (0x6987, 0x6988)
    assert card.is_over
    with pytest.raises(SecureMessagingError, match="ended"):
        card.open(protected)


@given(keys, responses, st.data())
def test_a_bit_of_a_response_that_is_changed_ends_the_session(
    session_keys: SessionKeys, response: ResponseAPDU, data: st.DataObject
) -> None:
    host, card = ends(session_keys)
    protected = card.protect(card.open(host.protect(READ)), response)
    whole = bytearray(protected.data)
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SecureMessagingError):
        host.open(READ, ResponseAPDU(bytes(whole), protected.sw))
    assert host.is_over
    with pytest.raises(SecureMessagingError, match="ended"):
        host.protect(READ)


def test_a_command_that_is_sent_twice_is_refused() -> None:
    host, card = ends()
    protected = host.protect(READ)
    card.protect(card.open(protected), OK)
    with pytest.raises(SecureMessagingError) as caught:
        card.open(protected)
    assert caught.value.sw == 0x6988


def test_commands_in_another_order_are_refused() -> None:
    host, card = ends()
    first, second = host.protect(READ), host.protect(UPDATE)
    for command in (second, first):
        with pytest.raises(SecureMessagingError) as caught:
            card.open(command)
        assert caught.value.sw == 0x6988
        assert card.is_over


def test_a_response_to_another_command_is_refused() -> None:
    host, card = ends()
    first = card.protect(card.open(host.protect(READ)), OK)
    assert host.open(READ, first) == OK
    second = host.protect(READ)
    card.open(second)
    with pytest.raises(SecureMessagingError):
        host.open(READ, first)


@pytest.mark.parametrize("session_keys", KEY_SETS[1:], ids=repr)
def test_other_keys_are_refused(session_keys: SessionKeys) -> None:
    with pytest.raises(SecureMessagingError):
        CardSession(KEY_SETS[0]).open(HostSession(session_keys).protect(READ))


@pytest.mark.parametrize(
    ("change", "sw"),
    [
        (lambda objects: objects[:-1], 0x6987),  # no checksum
        (lambda objects: [*objects[1:], objects[0]], 0x6988),  # the checksum is not the last
        (lambda objects: [objects[0], *objects], 0x6988),  # one twice
        (lambda objects: [TLV(0x80, b"\x01"), *objects], 0x6988),  # one that does not belong there
        (lambda objects: [TLV(0x81, b"\x01"), *objects], 0x6988),  # data twice
        (lambda objects: [*objects[:-1], TLV(0x8E, objects[-1].value[:4])], 0x6988),  # a short checksum
    ],
)
def test_data_objects_have_to_be_what_is_expected(change: Callable[[tuple[TLV, ...]], list[TLV]], sw: int) -> None:
    host, card = ends()
    with pytest.raises(SecureMessagingError) as caught:
        card.open(changed(host.protect(UPDATE), lambda objects: list(change(objects))))
    assert caught.value.sw == sw


@pytest.mark.parametrize(
    "field",
    [
        [TLV(0x97, b"\x00\x00\x00")],
        [TLV(0x99, b"\x90\x00")],
        [TLV(0x87, b"\x02" + bytes(16))],
        [TLV(0x87, b"\x01" + bytes(15))],
        [TLV(0x87, b"\x01")],
        [TLV(0x87, b"\x01" + bytes(16))],
        [TLV(0x85, bytes(16))],
        [TLV(0xB3, b"\x80\x00")],
        [TLV(0x89, b"\x0c\xd6\x00\x01")],
        [TLV(0x89, b"\x0c\xd6\x00")],
    ],
    ids=lambda field: f"{field[0].tag:02X}-{len(field[0].value)}",
)
def test_a_right_checksum_does_not_excuse_wrong_data_objects(field: list[TLV]) -> None:
    cipher = SessionCipher(KEY_SETS[2])
    sealed = _sealed(cipher, bytes(16), b"\x0c\xd6\x00\x00", field)
    with pytest.raises(SecureMessagingError) as caught:
        open_command(cipher, bytes(16), CommandAPDU(0x0C, 0xD6, 0x00, 0x00, sealed, 256))
    assert caught.value.sw == 0x6988


def test_the_header_has_to_be_authenticated_one_way_or_the_other() -> None:
    cipher = SessionCipher(KEY_SETS[2])
    on_channel_4 = protect_command(cipher, bytes(16), CommandAPDU(0x40, 0xB0, 0x00, 0x00, b"", 4))
    assert on_channel_4.cla == 0x60
    assert [each.tag for each in decode_all(on_channel_4.data)] == [0x89, 0x97, 0x8E]
    without = _sealed(cipher, bytes(16), b"", [TLV(0x97, b"\x04")])
    for cla in (0x60, 0x08):
        with pytest.raises(SecureMessagingError) as caught:
            open_command(cipher, bytes(16), CommandAPDU(cla, 0xB0, 0x00, 0x00, without, 256))
        assert caught.value.sw == 0x6987


@pytest.mark.parametrize("cla", [0x00, 0x04, 0x40, 0x80, 0x20])
def test_a_class_without_secure_messaging_is_not_opened(cla: int) -> None:
    with pytest.raises(SecureMessagingError):
        CardSession(KEY_SETS[0]).open(READ._replace(cla=cla))


@pytest.mark.parametrize("cla", [0x0C, 0x08, 0x04, 0x60, 0x80, 0x20])
def test_a_class_that_cannot_be_protected_is_told_and_counts_nothing(cla: int) -> None:
    host, card = ends()
    with pytest.raises(SecureMessagingError):
        host.protect(READ._replace(cla=cla))
    assert card.open(host.protect(READ)) == READ


def test_what_is_too_long_is_told() -> None:
    host, card = ends()
    with pytest.raises(SecureMessagingError, match="at most 65535"):
        host.protect(UPDATE._replace(data=bytes(65530)))
    with pytest.raises(SecureMessagingError, match="at most 65536"):
        card.protect(READ, ResponseAPDU(bytes(65530), 0x9000))


def test_a_bare_status_word_ends_the_session_and_comes_as_it_is() -> None:
    host, _ = ends()
    host.protect(READ)
    assert host.open(READ, ResponseAPDU(b"", 0x6988)).sw == 0x6988
    assert host.is_over


def test_a_bare_success_is_nobodys_answer() -> None:
    host, _ = ends()
    host.protect(READ)
    with pytest.raises(SecureMessagingError) as caught:
        host.open(READ, OK)
    assert caught.value.sw == 0x6987


def test_a_response_needs_its_status() -> None:
    cipher = SessionCipher(KEY_SETS[0])
    without = ResponseAPDU(_sealed(cipher, bytes(8), b"", [TLV(0x81, b"\x01")]), 0x9000)
    with pytest.raises(SecureMessagingError, match="99"):
        open_response(cipher, bytes(8), without)


def test_the_counter_begins_where_it_is_told_to_and_wraps() -> None:
    host = HostSession(KEY_SETS[0], b"\xff" * 8)
    card = CardSession(KEY_SETS[0], b"\xff" * 8)
    assert card.open(host.protect(READ)) == READ
    assert host.counter == bytes(8)
    with pytest.raises(SecureMessagingError):
        HostSession(KEY_SETS[0], bytes(16))


@pytest.mark.parametrize(
    ("key_type", "encryption", "checksum"),
    [(KeyType.AES, 8, 16), (KeyType.AES, 16, 8), (KeyType.TRIPLE_DES, 8, 16), (KeyType.TRIPLE_DES, 16, 24)],
)
def test_keys_have_the_lengths_of_their_cipher(key_type: KeyType, encryption: int, checksum: int) -> None:
    with pytest.raises(SecureMessagingError):
        SessionKeys(key_type, bytes(encryption), bytes(checksum))


def test_derived_keys_have_the_length_asked_for() -> None:
    for length in (16, 24, 32):
        derived = derive_session_keys(KeyType.AES, b"secret", length)
        assert (len(derived.encryption), len(derived.checksum)) == (length, length)
    for key_type, length in ((KeyType.AES, 20), (KeyType.TRIPLE_DES, 24)):
        with pytest.raises(SecureMessagingError):
            derive_session_keys(key_type, b"secret", length)


def test_no_repr_shows_a_key() -> None:
    session_keys = KEY_SETS[2]
    host, card = ends(session_keys)
    host.end()
    text = f"{session_keys!r} {host!r} {card!r}"
    assert text == "SessionKeys(aes, 128 bits) <HostSession, over> <CardSession>"


@given(st.binary(max_size=80), st.integers(0, 255), st.integers(0, 255))
def test_hostile_bytes_raise_our_errors_only(field: bytes, cla: int, ins: int) -> None:
    cipher = SessionCipher(KEY_SETS[2])
    for attempt in (
        lambda: open_command(cipher, bytes(16), CommandAPDU(cla, ins, 0, 0, field)),
        lambda: open_response(cipher, bytes(16), ResponseAPDU(field, 0x9000), is_tlv=bool(ins & 1)),
    ):
        with pytest.raises(Iso7816Error):
            attempt()
