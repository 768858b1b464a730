"""GnuPG with a card that has secure messaging: scdaemon knows what the card announces, and writes the keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest

from iso7816 import CommandAPDU, KeyType, ResponseAPDU
from iso7816.openpgp.session import OpenPGPHostSession
from iso7816.secure_messaging import SessionKeys

JANE = "jane@example.org"
CURVES = ("2", "1", "2", "1", "2", "1")
ENCRYPTION, CHECKSUM = bytes(range(32)), bytes(range(32, 64))
AES_256 = 9
"""The number of the cipher (RFC 4880, 9.2)."""

pytestmark = pytest.mark.card(Path(__file__).parent / "cards" / "secure_messaging.toml", via="pcscd")


def scd(gnupg: Any, *commands: str) -> str:
    """What scdaemon answers to these commands, all of them well received."""
    done = gnupg.run("gpg-connect-agent", *(f"scd {command}" for command in commands), "/bye")
    assert "ERR" not in done.stdout
    return str(done.stdout)


def say(gnupg: Any, command: bytes) -> ResponseAPDU:
    """The response to a command that goes by scdaemon."""
    said = gnupg.run("gpg-connect-agent", "--hex", f"scd apdu {command.hex(' ')}", "/bye").stdout
    dumped = b"".join(bytes.fromhex(line[8:57]) for line in said.splitlines() if line.startswith("D["))
    return ResponseAPDU.parse(unquote_to_bytes(dumped))


@pytest.fixture
def administered(gnupg: Any) -> Any:
    """GnuPG with a card that scdaemon has given its keys, which wants the Admin PIN for that."""
    scd(gnupg, "serialno", f"setattr SM-KEY-ENC {quote(ENCRYPTION)}", f"setattr SM-KEY-MAC {quote(CHECKSUM)}")
    assert len(gnupg.asked()) == 1
    return gnupg


def test_scdaemon_knows_the_algorithm(gnupg: Any) -> None:
    assert f"+sm={AES_256}+" in scd(gnupg, "serialno", "getattr EXTCAP")


def test_gpg_goes_on_as_with_any_card(administered: Any) -> None:
    gnupg = administered
    assert gnupg.card_status()["version"] == ["0304"]
    gnupg.generate(*CURVES)
    signed = gnupg.gpg("--local-user", JANE, "--clearsign", text="To whom it may concern\n").stdout
    assert "Good signature" in gnupg.gpg("--verify", text=signed).stderr


def test_who_has_the_keys_administers_the_card(administered: Any) -> None:
    gnupg = administered
    session = OpenPGPHostSession(SessionKeys(KeyType.AES, ENCRYPTION, CHECKSUM))
    gnupg.run("gpgconf", "--kill", "all")
    scd(gnupg, "serialno")
    assert say(gnupg, bytes.fromhex("00DA005E046A6F616E")).sw == 0x6982, "PW3 is not verified any more"
    for command in (
        CommandAPDU(0, 0xDA, 0x00, 0x5E, b"jane"),
        CommandAPDU(0, 0xDA, 0x5F, 0x50, b"example.org"),
    ):
        challenge = say(gnupg, bytes.fromhex("0084000010"))
        assert challenge.sw == 0x9000
        answer = say(gnupg, session.protect(command, challenge.data).to_bytes())
        assert session.open(command, answer).sw == 0x9000
    gnupg.run("gpgconf", "--kill", "all")  # scdaemon keeps what it has read
    status = gnupg.card_status()
    assert (status["login"], status["url"]) == (["jane"], ["example.org"])


def test_a_factory_reset_waits_for_the_keys(administered: Any) -> None:
    gnupg = administered
    session = OpenPGPHostSession(SessionKeys(KeyType.AES, ENCRYPTION, CHECKSUM))
    gnupg.edit_card("admin", "factory-reset", "y", "yes", check=False)
    gnupg.run("gpgconf", "--kill", "all")
    assert gnupg.card_status()["pinretry"] == ["0", "0", "0"], "gpg blocks the PINs, and TERMINATE DF is refused"
    terminate = CommandAPDU(0, 0xE6, 0x00, 0x00)
    challenge = say(gnupg, bytes.fromhex("0084000010"))
    assert session.open(terminate, say(gnupg, session.protect(terminate, challenge.data).to_bytes())).sw == 0x9000
    assert say(gnupg, bytes.fromhex("00440000")).sw == 0x9000
    gnupg.run("gpgconf", "--kill", "all")
    assert gnupg.card_status()["pinretry"] == ["3", "0", "3"]
