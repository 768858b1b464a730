"""opensc-tool, of OpenSC, against the built-in profile."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import Card
from iso7816.confidentiality import encipher_by_rsa
from iso7816.digital_signature import hash_code, is_signature_right
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.mechanisms import MECHANISMS, HashAlgorithm
from iso7816.public_key_template import public_key_from_template

pytestmark = pytest.mark.card(via="pcscd")


def test_atr(run_program: Any, card: Card) -> None:
    done = run_program("opensc-tool", "--atr")
    assert bytes.fromhex(done.stdout.strip().replace(":", "")) == card.atr


def test_name(run_program: Any) -> None:
    # OpenSC's default driver takes every ISO/IEC 7816-4 card that no other knows
    done = run_program("opensc-tool", "--card-driver", "default", "-n")
    assert done.stdout.strip() == "Unsupported card"


def test_list_files_walks_the_whole_tree(run_program: Any) -> None:
    # No interindustry command lists files; tcos is the driver that otherwise speaks plain ISO/IEC 7816-4.
    done = run_program("opensc-tool", "--card-driver", "tcos", "--list-files")
    listed = {path.upper() for path in re.findall(r"^\s*([0-9a-fA-F]{4,}) ", done.stdout, flags=re.MULTILINE)}
    assert {"3F00", "3F002F00", "3F007F10", "3F007F106F01", "3F007F106F06"} <= listed


def test_send_apdu(run_program: Any, dumped: Any) -> None:
    done = run_program(
        *("opensc-tool", "--card-driver", "default"),
        *("--send-apdu", "00A4040C0AF073636172646D677201"),
        *("--send-apdu", "00B0810012"),
        *("--send-apdu", "00A4000C027FFF"),
    )
    assert done.stdout.count("SW1=0x90, SW2=0x00") == 2
    assert b"Hello, smart card." in dumped(done.stdout)
    assert "SW1=0x6A, SW2=0x82" in done.stdout


def test_a_signature_and_a_cryptogram(run_program: Any, dumped: Any, card: Card) -> None:
    """PERFORM SECURITY OPERATION through the real PC/SC, in short APDUs."""
    message = b"what is signed"
    code = hash_code(HashAlgorithm.SHA_256, message)
    verify = "002000010431323334"
    done = run_program(
        *("opensc-tool", "--card-driver", "default", "--send-apdu", verify, "--send-apdu", "002241B606800143840103"),
        *("--send-apdu", f"002A9E9A20{code.hex()}00"),
    )
    assert done.stdout.count("SW1=0x90, SW2=0x00") == 3
    signature = dumped(done.stdout)[-256:]
    assert is_signature_right(MECHANISMS[0x43], public_key(card, 3), code, signature)
    cryptogram = b"\0" + encipher_by_rsa(MECHANISMS[0x4B], public_key(card, 5), message)
    done = run_program(
        *("opensc-tool", "--card-driver", "default", "--send-apdu", verify, "--send-apdu", "002241B80680014B840105"),
        *("--send-apdu", f"102A8086C8{cryptogram[:200].hex()}"),
        *("--send-apdu", f"002A8086{len(cryptogram) - 200:02X}{cryptogram[200:].hex()}00"),
    )
    assert done.stdout.count("SW1=0x90, SW2=0x00") == 4
    assert dumped(done.stdout).endswith(message)


def public_key(card: Card, reference: int) -> Any:
    with Card.from_snapshot(card.snapshot()) as copy:
        copy.power_on()
        response = copy.transmit(bytes((0x00, 0x46, 0x81, 0x00, 0, 0, 5, 0xB6, 3, 0x84, 1, reference, 0, 0)))
    return public_key_from_template(KeyAlgorithm.RSA, response[:-2])
