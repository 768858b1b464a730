"""Data objects beside those of the holder, through gpg and its scdaemon: private use, certificates, the button."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

JANE = "jane@example.org"
CURVES = ("2", "1", "2", "1", "2", "1")
SUCCESS = "[GNUPG:] SC_OP_SUCCESS"
MESSAGE = "To whom it may concern\n"
BUTTON_NOT_PRESSED = Path(__file__).parent / "cards" / "button_not_pressed.toml"

pytestmark = pytest.mark.card("openpgp", via="pcscd")


def scd(gnupg: Any, *commands: str) -> list[str]:
    """What scdaemon answers to the last of these commands: lines of data and of status, all of them well received."""
    done = gnupg.run("gpg-connect-agent", "--hex", *(f"scd {command}" for command in commands), "/bye")
    assert "ERR" not in done.stdout
    return str(done.stdout).splitlines()


def test_fingerprints_of_certification_authorities(gnupg: Any) -> None:
    gnupg.edit_card("admin", "cafpr 1", "11" * 20, "cafpr 3", "33" * 20)
    assert gnupg.card_status()["cafpr"] == ["11" * 20, "", "33" * 20]


def test_data_objects_for_private_use(gnupg: Any) -> None:
    # Without a key to decrypt or authenticate gpg 2.2 verifies PW1 for signatures, which does not do.
    gnupg.generate(*CURVES)
    asked = len(gnupg.asked())
    lines = [line for number in range(1, 5) for line in (f"privatedo {number}", f"note {number}")]
    assert gnupg.edit_card("admin", *lines).stdout.count(SUCCESS) == 4
    assert len(gnupg.asked()) == asked + 1, "PW1 for 1 and 3; PW3 is verified since the keys were generated"
    status = gnupg.card_status()
    assert [status[f"private_do{number}"] for number in range(1, 5)] == [[f"note {number}"] for number in range(1, 5)]


def test_a_certificate_is_written_and_read(gnupg: Any) -> None:
    certificate = gnupg.home / "certificate"
    certificate.write_bytes(b"\x30" * 1500)
    # gpg knows one certificate, that of the authentication key, by 3
    assert SUCCESS in gnupg.edit_card("admin", f"writecert 3 < {certificate}").stdout
    gnupg.edit_card(f"readcert 3 > {gnupg.home}/read")
    assert (gnupg.home / "read").read_bytes() == certificate.read_bytes()


def test_random_numbers(gnupg: Any) -> None:
    assert scd(gnupg, "random 32") != scd(gnupg, "random 32")


@pytest.fixture
def waits_for_the_button(gnupg: Any) -> Any:
    """GnuPG with a card whose keys wait for the button, which gpg 2.2 has no command for: scdaemon sends it."""
    gnupg.generate(*CURVES)
    serial = scd(gnupg, "serialno")[0].split()[2]
    flags = [f"apdu 00 DA 00 {tag} 02 01 20" for tag in ("D6", "D7", "D8")]
    scd(gnupg, f"checkpin {serial}[CHV3]", *flags)
    return gnupg


def test_a_key_waits_for_the_button_and_it_is_pressed(waits_for_the_button: Any) -> None:
    gnupg = waits_for_the_button
    signed = gnupg.gpg("--local-user", JANE, "--clearsign", text=MESSAGE).stdout
    assert "Good signature" in gnupg.gpg("--verify", text=signed).stderr
    encrypted = gnupg.gpg("--armor", "--recipient", JANE, "--encrypt", text=MESSAGE).stdout
    assert gnupg.gpg("--decrypt", text=encrypted).stdout == MESSAGE


@pytest.mark.card(BUTTON_NOT_PRESSED, via="pcscd")
def test_nobody_presses_the_button(waits_for_the_button: Any) -> None:
    gnupg = waits_for_the_button
    refused = gnupg.gpg("--local-user", JANE, "--clearsign", text=MESSAGE, check=False)
    assert "signing failed: Card error" in refused.stderr
    encrypted = gnupg.gpg("--armor", "--recipient", JANE, "--encrypt", text=MESSAGE).stdout
    refused = gnupg.gpg("--decrypt", text=encrypted, check=False)
    assert "public key decryption failed: Card error" in refused.stderr
