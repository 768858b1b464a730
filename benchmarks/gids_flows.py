"""What OpenSC's programs take with a GIDS card, as it comes from the factory, and the card's share.

See ``program_flows.py``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from program_flows import PKCS11, Flow, measured

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

# As docs/profiles/gids.md has it.
BLANK = """[card]
protocols = ["T=1"]
historical_bytes = "80 73 C0 21 C0 F9 A0 00 00 03 97 42 54 46 59"

[[applications]]
name = "A0 00 00 03 97 42 54 46 59 02 01"
label = "GIDS"
path = "3F00/7F60"
type = "gids"

[applications.options]
initialised = false
"""
PIN, OTHER_PIN = "123456", "654321"
ADMIN = ("--admin-key", "000102030405060708090A0B0C0D0E0F1011121314151617")
SERIAL = ("--serial-number", "0F1E2D3C4B5A69788796A5B4C3D2E1F0")
STORE = ("pkcs15-init", "--auth-id", "80", "--verify-pin", "--pin", PIN, "--store-private-key", "both.p12")
SIGN = (*PKCS11, "--sign", "--id", "00", "--mechanism", "SHA256-RSA-PKCS")


def _make_key(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=Card holder")
    desk.run(*made, "-keyout", "key.pem", "-out", "certificate.pem")
    both = ("-inkey", "key.pem", "-in", "certificate.pem", "-out", "both.p12", "-passout", "pass:x")
    desk.run("openssl", "pkcs12", "-export", *both)


STEPS: Sequence[Step] = (
    Flow("gids-tool: set a card up", [("gids-tool", "--initialize", *ADMIN, "--pin", PIN, *SERIAL)]),
    _make_key,
    Flow(
        "pkcs15-init: store a key and its certificate, gids",
        [(*STORE, "--format", "pkcs12", "--passphrase", "x", "--label", "key", "--key-usage", "sign,decrypt")],
    ),
    Flow("gids-tool: list", [("gids-tool",)]),
    Flow("pkcs11-tool: list, gids", [(*PKCS11, "--list-objects")]),
    Flow("pkcs11-tool: sign (RSA-2048), gids", [(*SIGN, "--input-file", "message", "--output-file", "signed")]),
    Flow("pkcs11-tool: test, gids", [(*PKCS11, "--test")]),
    Flow(
        "pkcs15-tool: change the PIN, gids",
        [("pkcs15-tool", "--change-pin", "--pin", PIN, "--new-pin", OTHER_PIN)],
    ),
    Flow("gids-tool: unblock the PIN", [("gids-tool", "--unblock", *ADMIN, "--pin", PIN)]),
)


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    with tempfile.TemporaryDirectory() as folder:
        definition = Path(folder) / "blank.toml"
        definition.write_text(BLANK, encoding="utf-8")
        return measured(definition, STEPS, rounds)
