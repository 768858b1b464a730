"""SecureMessaging: sessions that the other interfaces go under, with keys of the built-in card, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from iso7816 import KeyType
from iso7816.secure_messaging import HostSession, SessionKeys
from iso7816.secure_messaging.device_authentication import (
    Device,
    DeviceToken,
    device_keys,
    make_device_token,
    read_device_token,
)
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_NOTIMPL,
    E_POINTER,
    FILETYPE,
    HRESULT,
    REFTYPE,
    SCARD_DISPOSITIONS,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_NO_ACCESS,
    SCARD_F_COMM_ERROR,
    SCARD_FLAGS,
    SCARD_W_CARD_NOT_AUTHENTICATED,
    SCARD_W_SECURITY_VIOLATION,
    SEEKTYPE,
    TLV_TABLE,
    HResultError,
    ISCardFileAccess,
    ISCardVerify,
    SCardManage,
    SecureMessaging,
)

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
NAME, ID = REFTYPE.SC_TYPE_BY_NAME, REFTYPE.SC_TYPE_BY_ID
GLOBAL, SECURE = SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_SECURE_MESSAGING
KEY = bytes.fromhex("101112131415161718191A1B1C1D1E1F")
E_UNEXPECTED = HRESULT.E_UNEXPECTED


class Line:
    """An ICC on the way to a card: keeps the commands, and can change the next response.

    Attributes:
        commands: so far.
        changes: whether one bit of the next response is turned.
    """

    def __init__(self, card: Card) -> None:
        self._card = card
        self.commands: list[bytes] = []
        self.changes = False

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def power_on(self) -> bytes:
        return self._card.power_on()

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> bytes:
        return self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        response = bytearray(self._card.transmit(command))
        if self.changes:
            self.changes = False
            response[4] ^= 0x01
        return bytes(response)

    def in_the_clear(self) -> list[str]:
        """The commands that had no secure messaging, in hex; GET RESPONSE fetches the rest of a protected response."""
        return [command.hex() for command in self.commands if command[0] & 0x0C != 0x0C and command[1] != 0xC0]


@pytest.fixture
def line(reader: CardReader) -> Line:
    """What the card in the reader is spoken to by."""
    line = Line(Card.from_profile("iso7816"))
    reader.swap(line)
    return line


@pytest.fixture
def messaging(line: Line, manage: SCardManage) -> SecureMessaging:
    """The secure messaging of the card."""
    made = manage.CreateInterface(None, "SecureMessaging")
    assert isinstance(made, SecureMessaging)
    return made


def mutual(messaging: SecureMessaging) -> None:
    messaging.Authenticate(0x10, KeyType.AES, KEY)


def static(messaging: SecureMessaging) -> None:
    messaging.UseStaticKeys(0x10, KEY, 0x10, KEY, KeyType.AES)


@pytest.mark.parametrize("begin", [mutual, static])
def test_the_other_interfaces_go_under_a_session(
    line: Line,
    messaging: SecureMessaging,
    in_application: ISCardFileAccess,
    verify: ISCardVerify,
    refused: Refused,
    begin: Callable[[SecureMessaging], None],
) -> None:
    refused(SCARD_W_SECURITY_VIOLATION, lambda: in_application.Read(in_application.Open(ID, "6F07"), 4))
    assert not messaging.IsActive
    begin(messaging)
    assert messaging.IsActive
    line.commands.clear()

    file = in_application.Open(ID, "6F07")
    in_application.Write(file, b"between us", SCARD_FLAGS.SC_FL_REPLACE)
    in_application.Seek(file, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 0)
    assert in_application.Read(file, 10, SECURE) == b"between us"
    verify.Verify(b"1234", GLOBAL | SECURE, 1)
    assert len(line.commands) >= 4
    assert line.in_the_clear() == []
    assert not any(b"between us" in command or b"1234" in command for command in line.commands)


def test_the_flag_asks_that_there_is_a_session(
    line: Line, messaging: SecureMessaging, verify: ISCardVerify, refused: Refused
) -> None:
    sent = len(line.commands)
    refused(E_UNEXPECTED, verify.Verify, b"1234", GLOBAL | SECURE, 1)
    assert len(line.commands) == sent
    mutual(messaging)
    verify.Verify(b"1234", GLOBAL | SECURE, 1)
    messaging.End()
    refused(E_UNEXPECTED, verify.Verify, b"1234", GLOBAL | SECURE, 1)


def test_a_long_file_is_read_and_written_under_a_session(
    line: Line, messaging: SecureMessaging, manage: SCardManage
) -> None:
    mutual(messaging)
    line.commands.clear()
    files = manage.CreateFileAccess()
    content = bytes(number & 0xFF for number in range(0, 3 * 1024, 3))
    file = files.Open(ID, "0100")
    files.Write(file, content, SCARD_FLAGS.SC_FL_REPLACE)
    files.Seek(file, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 0)
    assert files.Read(file, 1024) == content
    assert line.in_the_clear() == []


@pytest.mark.parametrize(
    "call",
    [
        lambda files, file: files.Read(file, 1, SECURE),
        lambda files, file: files.Write(file, b"x", SECURE | SCARD_FLAGS.SC_FL_REPLACE),
        lambda files, _: files.Create(ID, "6F30", [TLV_TABLE(0x82, b"\x01"), TLV_TABLE(0x80, b"\x00\x01")], SECURE),
        lambda files, _: files.Delete(ID, "6F01", SECURE),
        lambda files, _: files.Delete(NAME, "3F00/7F20", SECURE | SCARD_FLAGS.SC_FL_NON_RECURSIVE),
        lambda files, _: files.GetProperties(ID, "6F01", SECURE, []),
        lambda files, _: files.SetProperties(ID, "6F01", SECURE, [TLV_TABLE(0x8A, b"\x04")]),
        lambda files, _: files.GetFileCapabilities([], None, SECURE),
        lambda files, _: files.Invalidate("6F01", SECURE),
        lambda files, _: files.Rehabilitate("6F01", SECURE),
    ],
)
def test_every_method_with_flags_goes_under_a_session(
    line: Line, messaging: SecureMessaging, files: ISCardFileAccess, call: Callable[..., object]
) -> None:
    files.Create(NAME, "3F00/7F20", TLV_TABLE(0x82, b"\x38"))
    file = files.Open(ID, "6F01")
    mutual(messaging)
    line.commands.clear()
    call(files, file)
    assert line.in_the_clear() == []


def test_files_are_listed_under_a_session(
    line: Line, messaging: SecureMessaging, files: ISCardFileAccess, refused: Refused
) -> None:
    files.Create(NAME, "3F00/7F20", TLV_TABLE(0x82, b"\x38"))
    files.ChangeDir(NAME, "3F00/7F20")
    for number in range(140):
        files.Create(ID, f"{0x0200 + number:04X}", [TLV_TABLE(0x82, b"\x01"), TLV_TABLE(0x80, b"\x00\x01")])
    many = files.Directory(FILETYPE.SC_TYPE_ALL_FILES)
    assert len(many) == 140
    files.ChangeDir(NAME, "3F00")
    told = {wanted: set(files.Directory(wanted)) for wanted in FILETYPE}
    mutual(messaging)
    line.commands.clear()
    assert {wanted: set(files.Directory(wanted)) for wanted in FILETYPE} == told
    refused(E_INVALIDARG, files.Delete, NAME, "3F00/7F20", SCARD_FLAGS.SC_FL_NON_RECURSIVE)
    files.ChangeDir(NAME, "3F00/7F20")
    assert files.Directory(FILETYPE.SC_TYPE_ALL_FILES) == many
    assert len(line.commands) > len(FILETYPE)
    assert line.in_the_clear() == []


def test_a_card_that_lists_by_class_80_alone_does_not_tell_under_a_session(
    line: Line,
    messaging: SecureMessaging,
    files: ISCardFileAccess,
    monkeypatch: pytest.MonkeyPatch,
    refused: Refused,
) -> None:
    monkeypatch.setattr("emulator.commands.data_objects.ALL_FILES", None)
    assert files.Directory(FILETYPE.SC_TYPE_ALL_FILES)
    mutual(messaging)
    line.commands.clear()
    refused(E_NOTIMPL, files.Directory, FILETYPE.SC_TYPE_ALL_FILES, sw=0x6A88)
    assert line.in_the_clear() == []
    assert messaging.IsActive


def test_a_session_ends_when_it_is_asked_to(
    line: Line, messaging: SecureMessaging, in_application: ISCardFileAccess, refused: Refused
) -> None:
    mutual(messaging)
    messaging.End()
    messaging.End()
    assert not messaging.IsActive
    refused(SCARD_W_SECURITY_VIOLATION, lambda: in_application.Read(in_application.Open(ID, "6F07"), 4))
    # With the first plain command the card has ended it, too; the next session begins in the clear.
    mutual(messaging)
    assert in_application.Read(in_application.Open(ID, "6F07"), 4)


def test_a_message_that_was_changed_ends_the_session(
    line: Line, messaging: SecureMessaging, in_application: ISCardFileAccess, verify: ISCardVerify, refused: Refused
) -> None:
    mutual(messaging)
    file = in_application.Open(ID, "6F07")
    line.changes = True
    refused(SCARD_F_COMM_ERROR, in_application.Read, file, 4)
    assert not messaging.IsActive
    sent = len(line.commands)
    # Nothing goes in the clear, with the flag or without it, until that is wanted.
    refused(E_UNEXPECTED, in_application.Read, file, 4)
    refused(E_UNEXPECTED, verify.Verify, b"1234", GLOBAL, 1)
    refused(E_UNEXPECTED, verify.Verify, b"1234", GLOBAL | SECURE, 1)
    assert len(line.commands) == sent
    messaging.End()
    verify.Verify(b"1234", GLOBAL, 1)
    mutual(messaging)
    assert in_application.Read(in_application.Open(ID, "6F07"), 4)


def test_a_message_that_the_card_refuses_ends_the_session(
    line: Line, messaging: SecureMessaging, verify: ISCardVerify, refused: Refused
) -> None:
    messaging.Adopt(HostSession(SessionKeys(KeyType.AES, KEY, KEY)))
    assert messaging.IsActive
    refused(SCARD_W_SECURITY_VIOLATION, verify.Verify, b"1234", GLOBAL, 1, sw=0x6988)
    assert not messaging.IsActive
    refused(E_UNEXPECTED, verify.Verify, b"1234", GLOBAL, 1)


def test_a_reset_ends_a_session(
    line: Line, messaging: SecureMessaging, manage: SCardManage, verify: ISCardVerify
) -> None:
    mutual(messaging)
    manage.SCardLock()
    manage.SCardUnlock(SCARD_DISPOSITIONS.RESET)
    manage.Reconnect()
    assert not messaging.IsActive
    verify.Verify(b"1234", GLOBAL, 1)


def test_a_wrong_key_begins_nothing(
    line: Line, messaging: SecureMessaging, verify: ISCardVerify, refused: Refused
) -> None:
    error = refused(SCARD_W_CARD_NOT_AUTHENTICATED, messaging.Authenticate, 0x10, KeyType.AES, bytes(16))
    assert not messaging.IsActive
    assert KEY.hex() not in str(error).lower()
    refused(SCARD_E_NO_ACCESS, messaging.Authenticate, 0x04, KeyType.AES, KEY)
    verify.Verify(b"1234", GLOBAL, 1)


def test_an_answer_of_another_card_is_told(line: Line, messaging: SecureMessaging, refused: Refused) -> None:
    class Impostor(Line):
        """Answers the challenge with bytes of its own."""

        def transmit(self, command: bytes) -> bytes:
            if command[1] == 0x82:
                return bytes(48) + b"\x90\x00"
            return super().transmit(command)

    line.__class__ = Impostor
    refused(SCARD_F_COMM_ERROR, messaging.Authenticate, 0x10, KeyType.AES, KEY)
    assert not messaging.IsActive


OTHER_KEY = bytes.fromhex("202122232425262728292A2B2C2D2E2F")
NUMBER, NUMBER_OF_CARD = b"\x01\x02\x03", bytes.fromhex("80276001020304050607")
DEVICES = f"""
[files."3F00/2F02"]
type = "transparent"
content = {{ hex = "5A0A{NUMBER_OF_CARD.hex()}" }}
[files."3F00/6F07"]
type = "transparent"
content = "between us"
access = {{ read = "secure messaging" }}
[[keys]]
reference = 5
type = "3des"
usage = ["external", "device authentication"]
value = "{KEY.hex()}"
checksum_value = "{OTHER_KEY.hex()}"
"""


@pytest.fixture
def between_devices(reader: CardReader, tmp_path: Path) -> Line:
    """What a card with a key for device authentication is spoken to by; it is in the reader."""
    definition = tmp_path / "card.toml"
    definition.write_text(DEVICES, encoding="ascii")
    line = Line(Card.from_profile(definition))
    reader.swap(line)
    return line


def test_devices_authenticate_each_other(between_devices: Line, manage: SCardManage, refused: Refused) -> None:
    messaging = manage.CreateInterface(None, "SecureMessaging")
    assert isinstance(messaging, SecureMessaging)
    files = manage.CreateFileAccess()
    number = files.Read(files.Open(ID, "2F02"), 12)[2:]
    messaging.AuthenticateDevice(5, KEY, OTHER_KEY, NUMBER, number)
    assert messaging.IsActive
    between_devices.commands.clear()
    assert files.Read(files.Open(ID, "6F07"), 10, SECURE) == b"between us"
    assert between_devices.in_the_clear() == []
    messaging.End()
    for changed in (
        (OTHER_KEY, OTHER_KEY, NUMBER, number),
        (KEY, KEY, NUMBER, number),
        (KEY, OTHER_KEY, number, NUMBER),
    ):
        error = refused(SCARD_W_CARD_NOT_AUTHENTICATED, messaging.AuthenticateDevice, 5, *changed)
        assert OTHER_KEY.hex() not in str(error).lower()
        assert not messaging.IsActive


@pytest.mark.parametrize("place", [None, 0, 8, 16, 24, 64])
def test_a_device_that_answers_otherwise_is_told(
    between_devices: Line, manage: SCardManage, refused: Refused, place: int | None
) -> None:
    messaging = manage.CreateInterface(None, "SecureMessaging")
    assert isinstance(messaging, SecureMessaging)
    keys = device_keys(KEY, OTHER_KEY)

    class Impostor(Line):
        """Knows the keys, and answers as the card would but for one byte: of RND.ICC, SN.ICC, RND.IFD, SN.IFD, MAC."""

        def transmit(self, command: bytes) -> bytes:
            if command[1] != 0x82:
                return super().transmit(command)
            outside = read_device_token(keys, command[5:-1])
            content = bytearray(
                outside.receiver.challenge
                + outside.receiver.serial_number
                + outside.sender.challenge
                + outside.sender.serial_number
            )
            if place is not None and place < len(content):
                content[place] ^= 1
            sender, receiver = (Device(bytes(content[at : at + 8]), bytes(content[at + 8 : at + 16])) for at in (0, 16))
            token = bytearray(make_device_token(keys, DeviceToken(sender, receiver, bytes(32))))
            token[place if place == 64 else 0] ^= place == 64
            return bytes(token) + b"\x90\x00"

    between_devices.__class__ = Impostor
    arguments = (5, KEY, OTHER_KEY, NUMBER, NUMBER_OF_CARD)
    if place is None:
        messaging.AuthenticateDevice(*arguments)
    else:
        refused(SCARD_F_COMM_ERROR, messaging.AuthenticateDevice, *arguments)
    assert messaging.IsActive == (place is None)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("Authenticate", (0x100, KeyType.AES, KEY), E_INVALIDARG),
        ("Authenticate", (None, KeyType.AES, KEY), E_POINTER),
        ("Authenticate", (0x10, "aes", KEY), E_INVALIDARG),
        ("Authenticate", (0x10, KeyType.AES, KEY[1:]), E_INVALIDARG),
        ("Authenticate", (0x10, KeyType.AES, None), E_POINTER),
        ("AuthenticateDevice", (0x10, KEY[1:], KEY, KEY, KEY), E_INVALIDARG),
        ("AuthenticateDevice", (0x10, KEY, KEY * 2, KEY, KEY), E_INVALIDARG),
        ("AuthenticateDevice", (0x10, KEY, KEY, None, KEY), E_POINTER),
        ("AuthenticateDevice", (0x10, KEY, KEY, KEY, None), E_POINTER),
        ("AuthenticateDevice", (0x10, KEY, KEY, KEY, b""), E_INVALIDARG),
        ("AuthenticateDevice", (-1, KEY, KEY, KEY, KEY), E_INVALIDARG),
        ("UseStaticKeys", (0x10, KEY, -1, KEY, KeyType.AES), E_INVALIDARG),
        ("UseStaticKeys", (0x10, KEY[1:], 0x10, KEY, KeyType.AES), E_INVALIDARG),
        ("UseStaticKeys", (0x10, KEY, 0x10, None, KeyType.AES), E_POINTER),
        ("UseStaticKeys", (0x10, KEY, 0x10, KEY, None), E_INVALIDARG),
        ("UseStaticKeys", (0x33, KEY, 0x10, KEY, KeyType.AES), E_INVALIDARG),
        ("Adopt", (None,), E_POINTER),
        ("Adopt", (b"a session",), E_INVALIDARG),
    ],
)
def test_what_is_refused(
    messaging: SecureMessaging, name: str, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    error = refused(code, getattr(messaging, name), *arguments)
    assert KEY.hex() not in str(error).lower()
    assert not messaging.IsActive


def test_it_ends_with_the_attachment(messaging: SecureMessaging, manage: SCardManage, refused: Refused) -> None:
    mutual(messaging)
    manage.Detach()
    refused(SCARD_E_INVALID_HANDLE, mutual, messaging)
    refused(SCARD_E_INVALID_HANDLE, messaging.End)
