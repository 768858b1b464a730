"""What the card has, an application has as well: secure messaging, security operations with keys of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator import Application, Card, register_application
from emulator.applications import registry
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.definition.section import Section
from emulator.persistent import CHV
from iso7816 import SW, CommandAPDU, KeyType, ResponseAPDU, StatusWordError
from iso7816.digital_signature import is_signature_right
from iso7816.mechanisms import MECHANISMS
from iso7816.secure_messaging import HostSession
from iso7816.secure_messaging.key_establishment import (
    Contribution,
    agreed_session,
    make_token,
    material_length,
    read_token,
)

GLOBAL_KEY, LOCAL_KEY, SIGNING_KEY = 0x01, 0x82, 0x83
AES = {GLOBAL_KEY: bytes(range(16)), LOCAL_KEY: bytes(range(16, 32))}
PAIR = ec.derive_private_key(7, ec.SECP256R1())
ECDSA = MECHANISMS[0x44]
SELECT = "00A4040C 02 F001"
DEFINITION = f'''
[card]
historical_bytes = "80 31 E0 73 F7 41 FF"
[[applications]]
name = "F0 01"
path = "3F00/7F30"
type = "tests.confidant"
[[keys]]
reference = {GLOBAL_KEY}
type = "aes"
value = "{AES[GLOBAL_KEY].hex()}"
usage = ["external", "secure messaging"]
[[keys]]
reference = {LOCAL_KEY}
df = "3F00/7F30"
type = "aes"
value = "{AES[LOCAL_KEY].hex()}"
usage = ["external", "secure messaging"]
[[keys]]
reference = {SIGNING_KEY}
df = "3F00/7F30"
type = "p-256"
usage = ["sign"]
use = "CHV 81"
pem = """{PAIR.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}"""
'''


def nothing(_p1: int, _p2: int) -> None:
    """Takes any P1 and P2."""


def swap_secrets(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """The secret from the last time, for another one; 6982 for all to hear."""
    if not card.channel.is_protected:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    last = card.values[b"secret"]
    card.values.put(b"secret", command.data)
    return ResponseAPDU(last, SW.NV_UNCHANGED) if command.data == b"warn" else last


class Confidant(Application):
    NAME = "tests.confidant"
    COMMANDS = (CommandRow("SWAP SECRETS", 0x10, "here", Case.COMMAND | Case.BOTH, nothing, swap_secrets),)

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        del options
        return {b"secret": b"first"}

    @classmethod
    def define_chvs(cls, options: Section) -> Mapping[int, CHV]:
        del options
        return {0x81: CHV(b"1234", 3, 3, 4, 8)}


@pytest.fixture
def terminal(define: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A terminal with a card, whose application is selected."""
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Confidant)
    made = define(DEFINITION)
    made.ok(SELECT)
    return made


def exchange(card: Card, command: CommandAPDU) -> ResponseAPDU:
    return ResponseAPDU.parse(card.transmit(command.to_bytes()))


def begin_session(card: Card, reference: int, cla: int = 0) -> HostSession:
    """MUTUAL AUTHENTICATE, which is the card's own command."""
    key = AES[reference]
    challenge = exchange(card, CommandAPDU(cla, 0x84, 0, 0, b"", 16)).data
    own = Contribution(bytes(range(16)), challenge, bytes(material_length(KeyType.AES, key)))
    token = make_token(KeyType.AES, key, own)
    answer = exchange(card, CommandAPDU(cla, 0x82, 0, reference, token, 256))
    assert answer.sw == SW.OK
    return HostSession(*agreed_session(KeyType.AES, key, own, read_token(KeyType.AES, key, answer.data)))


def under(session: HostSession, card: Card, command: CommandAPDU) -> tuple[bytes, str]:
    """Response data and status word of a command under a session."""
    answer = session.open(command, exchange(card, session.protect(command)))
    return answer.data, f"{answer.sw:04X}"


def swap(secret: bytes, cla: int = 0) -> CommandAPDU:
    return CommandAPDU(cla, 0x10, 0, 0, secret, 256)


@pytest.mark.parametrize("reference", [GLOBAL_KEY, LOCAL_KEY])
def test_its_commands_come_under_a_session_of_the_card(terminal: Any, reference: int) -> None:
    card = terminal.card
    assert exchange(card, swap(b"overheard")).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    session = begin_session(card, reference)
    assert under(session, card, swap(b"second")) == (b"first", "9000")
    assert under(session, card, swap(b"warn")) == (b"second", f"{SW.NV_UNCHANGED:04X}")
    assert under(session, card, CommandAPDU(0, 0x10, 0, 0, b"", 256)) == (b"", "6700"), "its refusals, too"
    assert under(session, card, CommandAPDU(0, 0x84, 0, 0, b"", 8))[1] == "9000", "and the card's own beside them"
    assert exchange(card, swap(b"overheard")).sw == SW.SECURITY_STATUS_NOT_SATISFIED
    assert exchange(card, session.protect(swap(b"late"))).sw == SW.SM_OBJECTS_INCORRECT, "a plain command has ended it"


def test_a_session_lasts_from_without_to_within(terminal: Any) -> None:
    card = terminal.card
    terminal.ok("00A4000C 02 3F00")
    session = begin_session(card, GLOBAL_KEY)
    assert under(session, card, swap(b"nobody"))[1] == "6D00"
    assert under(session, card, CommandAPDU(0, 0xA4, 4, 0x0C, b"\xf0\x01")) == (b"", "9000")
    assert under(session, card, swap(b"second")) == (b"first", "9000")


def test_a_long_command_in_parts_under_a_session_on_a_channel(terminal: Any) -> None:
    card = terminal.card
    terminal.ok("00700013", "4F" + SELECT[2:])
    session = begin_session(card, LOCAL_KEY, cla=0x4F)
    secret = bytes(range(250)) * 2
    protected = session.protect(swap(secret, cla=0x4F))
    half = len(protected.data) // 2
    first = protected._replace(cla=protected.cla | 0x10, data=protected.data[:half], ne=None)
    assert exchange(card, first).sw == SW.OK
    answer = exchange(card, protected._replace(data=protected.data[half:]))
    assert session.open(swap(secret, cla=0x4F), answer) == ResponseAPDU(b"first", SW.OK)
    assert under(session, card, swap(b"last", cla=0x4F)._replace(ne=65536)) == (secret, "9000")


def sign(terminal: Any, digest: bytes) -> tuple[bytes, int]:
    """PERFORM SECURITY OPERATION with the key in the DF of the application."""
    terminal.ok(f"002241B6 06 800144 8401{SIGNING_KEY:02X}")
    answer: tuple[bytes, int] = terminal.send(f"002A9E9A 20 {digest.hex()} 00")
    return answer


def test_a_security_operation_with_a_key_of_its_df(terminal: Any) -> None:
    digest = bytes(range(32))
    assert sign(terminal, digest) == (b"", SW.SECURITY_STATUS_NOT_SATISFIED), "by its own CHV"
    assert terminal.verify(0x81) == "9000"
    signature, sw = sign(terminal, digest)
    assert sw == SW.OK
    assert is_signature_right(ECDSA, PAIR.public_key(), digest, signature)
    assert not is_signature_right(ECDSA, PAIR.public_key(), digest[::-1], signature)


def test_that_key_is_nowhere_else(terminal: Any) -> None:
    assert terminal.verify(0x81) == "9000"
    terminal.ok("00A4000C 02 3F00")
    terminal.sw(f"002241B6 06 800144 8401{SIGNING_KEY:02X}")
    assert terminal.sw(f"002A9E9A 20 {bytes(32).hex()} 00") != "9000"
    terminal.ok(SELECT)
    assert sign(terminal, bytes(32)) == (b"", SW.SECURITY_STATUS_NOT_SATISFIED), (
        "the CHV of the DF was forgotten outside"
    )
