"""A card with something for every command that changes something, and these commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator import Application, Card
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.definition.section import Section
from emulator.persistent import DataObject
from iso7816.apdu import CommandAPDU
from iso7816.authentication import KeyType, authentication_token, mutual_token
from iso7816.digital_signature import compute_signature, signed_input
from iso7816.mechanisms import MECHANISMS
from iso7816.secure_messaging.device_authentication import Device, DeviceToken, device_keys, make_device_token
from iso7816.secure_messaging.key_establishment import Contribution, make_token

OUTSIDE = ec.derive_private_key(7, ec.SECP256R1())
PUBLIC = OUTSIDE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SECRET = bytes(range(16))
CARD = f"""
[[chvs]]
reference = 1
value = "1234"
puk = "87654321"
unblock = "always"
[[chvs]]
reference = 2
value = "1234"
state = "disabled"
[[keys]]
reference = 1
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
tries = 3
[[keys]]
reference = 2
type = "p-256"
generated = true
usage = ["sign", "internal", "external"]
uses = 5
tries = 3
generate = "always"
update = "always"
[[keys]]
reference = 3
type = "aes"
empty = true
size = 128
update = "always"
[[keys]]
reference = 4
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
usage = ["external", "internal"]
tries = 3
uses = 5
[[keys]]
reference = 5
type = "p-256"
pem = '''
{PUBLIC}'''
usage = ["external"]
tries = 3
[[keys]]
reference = 6
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
usage = ["external", "secure messaging"]
tries = 3
uses = 5
[[keys]]
reference = 7
type = "3des"
value = "000102030405060708090A0B0C0D0E0F"
checksum_value = "000102030405060708090A0B0C0D0E0F"
usage = ["external", "device authentication"]
tries = 3
uses = 5
[[keys]]
reference = 8
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
usage = ["secure messaging"]
uses = 5
[files."3F00/2F02"]
type = "transparent"
sfi = 0
content = {{ hex = "5A0480010203" }}
[[data_objects]]
tag = 0x0101
value = "old"
size = 10
update = "always"
[[data_objects]]
tag = 0x5F20
value = "old"
size = 10
update = "always"
[files."3F00/6F01"]
type = "transparent"
content = "old"
size = 5000
[files."3F00/6F02"]
type = "linear fixed"
record_size = 4
max_records = 9
records = ["1", "22"]
[files."3F00/6F03"]
type = "linear variable"
max_records = 9
size = 99
records = ["1", "22"]
[files."3F00/6F04"]
type = "cyclic"
max_records = 2
records = ["22", "11"]
[files."3F00/6F05"]
type = "transparent"
life_cycle = "deactivated"
[files."3F00/6F06"]
type = "BER-TLV"
content = {{ hex = "5F0100 450141" }}
size = 40
[files."3F00/7F10"]
type = "DF"
[files."3F00/7F10/6F01"]
type = "transparent"
content = "old"
[files."3F00/7F10/6F02"]
type = "linear variable"
records = ["1", "22"]
[[applications]]
name = "F0 01"
path = "3F00/7F30"
type = "tests.purse"
"""
OLD, NEW, WRONG = b"1234".hex(), b"9999".hex(), b"0000".hex()
PUK = b"87654321".hex()
COMMANDS = {
    "UPDATE BINARY": "00D68100034E4557",
    "UPDATE BINARY over several blocks": "00D6810000" + "07D0" + "4E" * 2000,
    "UPDATE BINARY, offset object": "00D70001085401005303" + "4E4557",
    "WRITE BINARY, offset object": "00D10001085401005303" + "4E4557",
    "ERASE BINARY, offset object": "000F000103540100",
    "UPDATE RECORD, offset object": "00DD0114065401005301" + "4E",
    "WRITE BINARY": "00D08100034E4557",
    "ERASE BINARY": "000E8100",
    "UPDATE RECORD": "00DC011404" + "4E" * 4,
    "UPDATE RECORD, another length": "00DC011C02" + "4E" * 2,
    "WRITE RECORD": "00D2011404" + "4E" * 4,
    "APPEND RECORD": "00E2001802" + "4E" * 2,
    "APPEND RECORD, cyclic": "00E2002002" + "4E" * 2,
    "ERASE RECORD": "000C0115",
    "PUT DATA": "00DA0101034E4557",
    "PUT DATA, an EF of TLV structure": "00DB6F0607" + "5F010101" + "450101",
    "PUT DATA, the current EF": "00A4000C026F06 00DA0045034E4557",
    "PUT DATA, data objects of the DF": "00DB3FFF06" + "5F20034E4557",
    "CREATE FILE": "00E000000D620B8002001082010183026F10",
    "CREATE FILE, DF": "00E0000009620782013883027F20",
    "DELETE FILE": "00E40000026F02",
    "DELETE FILE, DF": "00E40000027F10",
    "DEACTIVATE FILE": "00040000026F01",
    "TERMINATE EF": "00E80000026F01",
    "TERMINATE DF": "00E60000027F10",
    "TERMINATE CARD USAGE": "00FE0000",
    "ACTIVATE FILE": "00440000026F05",
    "VERIFY": f"0020000104{OLD}",
    "VERIFY, wrong": f"0020000104{WRONG}",
    "CHANGE REFERENCE DATA": f"0024000108{OLD}{NEW}",
    "CHANGE REFERENCE DATA, wrong": f"0024000108{WRONG}{NEW}",
    "RESET RETRY COUNTER": f"002C00010C{PUK}{NEW}",
    "RESET RETRY COUNTER, wrong": f"002C00010C{PUK[:-2]}39{NEW}",
    "RESET RETRY COUNTER, new value": f"002C020104{NEW}",
    "RESET RETRY COUNTER, nothing": f"0020000104{WRONG} 002C0301",
    "DISABLE VERIFICATION REQUIREMENT": f"0026000104{OLD}",
    "ENABLE VERIFICATION REQUIREMENT": f"0028000204{OLD}",
    "PERFORM SECURITY OPERATION, compute digital signature": f"002241B606800144840102 002A9E9A20{OLD * 8}00",
    "MANAGE SECURITY ENVIRONMENT, store": "002241B606800144840102 0022F201",
    "MANAGE SECURITY ENVIRONMENT, erase": "002241B606800144840102 0022F201 0022F401",
    "GENERATE ASYMMETRIC KEY PAIR": "0046800005B60384010200",
    "GENERATE ASYMMETRIC KEY PAIR, in parts": "1046800003B60384 0046800002010200",
    "PUT DATA, a secret key": "00DB3FFF1F4D1DB8038301037F4802" + "9010" + f"5F4810{OLD * 4}",
    "PUT DATA, a private key": f"00DB3FFF2F4D2DB6038401027F480292205F4820{OLD * 8}",
    "INTERNAL AUTHENTICATE, counted": f"0088440208{OLD * 2}00",
    "EXTERNAL AUTHENTICATE, by a key pair, wrong": f"0084000008 0082440240{OLD * 16}",
    "EXTERNAL AUTHENTICATE": "authenticate",
    "EXTERNAL AUTHENTICATE, wrong": "authenticate wrong",
    "EXTERNAL AUTHENTICATE, tries and uses counted": "authenticate counted",
    "MUTUAL AUTHENTICATE": "authenticate mutually",
    "MUTUAL AUTHENTICATE, by key pairs": "authenticate by key pairs",
    "MUTUAL AUTHENTICATE, for a session": "authenticate for a session",
    "MUTUAL AUTHENTICATE, between devices": "authenticate between devices",
    "MANAGE SECURITY ENVIRONMENT, a session with static keys": "0084000010 002231B403830106 002231B803830108",
    "an application's values and all else": "00A4040002F001 80100000",
    "an application's values, in two steps": "00A4040002F001 80120000",
}


def change_everything(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    """Of each kind of what a card keeps something, in one step."""
    df = card.channel.df
    card.values.put(b"balance", b"7")
    card.values.put(b"log", b"new")
    card.values.remove(b"old")
    card.work.put_chv((0, 1), replace(card.state.chvs[(0, 1)], tries_left=2))
    card.work.put_key((0, 2), replace(card.state.keys[(0, 2)], uses_left=1))
    card.work.put_data_object((1, 0x0101), DataObject(b"new", 10))
    card.work.put_environment((df, 2), b"")
    card.work.put_content(card.state.children[1 << 16 | 0x6F01], bytes(5000))
    below = list(card.state.subtree(card.state.children[1 << 16 | 0x7F10]))
    for number in reversed(below):
        card.work.remove_file(number)
    return b""


def change_in_steps(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    """What is spent is spent before the rest: a step of its own."""
    card.values.put(b"balance", b"paid")
    card.work.commit()
    card.values.put(b"log", b"spent")
    return b""


class Purse(Application):
    NAME = "tests.purse"
    COMMANDS = (
        CommandRow("CHANGE EVERYTHING", 0x10, "here", Case.NO_DATA, lambda _p1, _p2: None, change_everything, cla=0x80),
        CommandRow("CHANGE IN STEPS", 0x12, "here", Case.NO_DATA, lambda _p1, _p2: None, change_in_steps, cla=0x80),
    )

    @classmethod
    def define(cls, _options: Section) -> Mapping[bytes, bytes]:
        return {b"balance": b"9", b"old": b"old"}


def by_secret_key(card: Card, reference: int, secret: bytes = SECRET) -> bytes:
    token = authentication_token(KeyType.AES, secret, challenge_of(card, 16))
    return card.transmit(bytes((0x00, 0x82, 0x00, reference, len(token))) + token)


def mutually(card: Card, reference: int) -> bytes:
    token = mutual_token(KeyType.AES, SECRET, bytes(16), challenge_of(card, 16))
    return card.transmit(bytes((0x00, 0x82, 0x00, reference, len(token))) + token + b"\0")


def by_key_pairs(card: Card, own: bytes = bytes(8)) -> bytes:
    """Of the key pairs that the environment names: the outside's is 5, the card's 2, each with a counter."""
    message = signed_input(MECHANISMS[0x44], own + challenge_of(card, 8))
    token = own + compute_signature(MECHANISMS[0x44], OUTSIDE, message)
    return card.transmit(bytes((0x00, 0x82, 0x00, 0x00, len(token))) + token + b"\0")


def for_a_session(card: Card, secret: bytes = SECRET) -> bytes:
    token = make_token(KeyType.AES, secret, Contribution(bytes(16), challenge_of(card, 16), bytes(16)))
    return card.transmit(bytes((0x00, 0x82, 0x00, 0x06, len(token))) + token + b"\0")


def between_devices(card: Card, secret: bytes = SECRET) -> bytes:
    icc = Device(challenge_of(card, 8), bytes.fromhex("0000000080010203"))
    own = DeviceToken(Device(bytes(8), bytes(8)), icc, bytes(32))
    token = make_device_token(device_keys(secret, secret), own)
    return card.transmit(bytes((0x00, 0x82, 0x00, 0x07, len(token))) + token + b"\0")


def challenge_of(card: Card, size: int) -> bytes:
    return card.transmit(bytes((0x00, 0x84, 0x00, 0x00, size)))[:-2]


AUTHENTICATIONS: Mapping[str, tuple[tuple[Callable[[Card], bytes], ...], Callable[[Card], bytes]]] = {
    "authenticate": ((), lambda card: by_secret_key(card, 1)),
    "authenticate wrong": ((), lambda card: by_secret_key(card, 1, bytes(16))),
    "authenticate counted": ((lambda card: by_secret_key(card, 4, bytes(16)),), lambda card: by_secret_key(card, 4)),
    "authenticate mutually": ((lambda card: by_secret_key(card, 4, bytes(16)),), lambda card: mutually(card, 4)),
    "authenticate for a session": ((lambda card: for_a_session(card, bytes(16)),), for_a_session),
    "authenticate between devices": ((lambda card: between_devices(card, bytes(16)),), between_devices),
    "authenticate by key pairs": (
        (
            lambda card: card.transmit(bytes.fromhex("0084000008")),
            lambda card: card.transmit(bytes.fromhex("0082440540") + bytes(64)),
            lambda card: card.transmit(bytes.fromhex("002281A406800144830105")),
            lambda card: card.transmit(bytes.fromhex("002241A406800144840102")),
        ),
        by_key_pairs,
    ),
}
"""What comes before, a try among it that is wrong, and the command."""


def prepare(card: Card, command: str) -> Card:
    """Power the card, and send what comes before the last of several commands, which may be a try that is wrong."""
    card.power_on()
    if command in AUTHENTICATIONS:
        answers = [each(card) for each in AUTHENTICATIONS[command][0]]
    else:
        answers = [card.transmit(bytes.fromhex(each)) for each in command.split()[:-1]]
    assert all(answer[-2:] in (b"\x90\x00", b"\x63\xc2") for answer in answers)
    return card


def execute(card: Card, command: str) -> str:
    """Send the last of several commands; returns its status word."""
    if command in AUTHENTICATIONS:
        return AUTHENTICATIONS[command][1](card)[-2:].hex()
    return card.transmit(bytes.fromhex(command.split()[-1]))[-2:].hex()
