"""What OpenSC's programs take with a GIDS card, as it comes from the factory, and the card's share.

See ``program_flows.py``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from program_flows import MODULE, PKCS11, Flow, measured, refused

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

# As docs/profiles/gids.md has it; and one of version 1, which has a PUK.
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
WITH_PUK = BLANK.replace("02 01", "01 01").replace(
    "initialised = false",
    'pin = "123456"\npuk = "20406080"\nadmin_key = "000102030405060708090A0B0C0D0E0F1011121314151617"',
)
PIN, OTHER_PIN, WRONG_PIN = "123456", "654321", "000000"
PUK, WRONG_PUK = "20406080", "00000000"
OTHER_KEY = "010203040506070801020304050607080102030405060708"
ADMIN = ("--admin-key", "000102030405060708090A0B0C0D0E0F1011121314151617")
SERIAL = ("--serial-number", "0F1E2D3C4B5A69788796A5B4C3D2E1F0")
INITIALIZE = ("gids-tool", "--initialize", *ADMIN, "--pin", PIN)
INIT = ("pkcs15-init", "--auth-id", "80", "--verify-pin", "--pin", PIN)
STORE = (*INIT, "--store-private-key", "both.p12", "--format", "pkcs12", "--passphrase", "x")
SIGN = (*PKCS11, "--sign", "--id", "00", "--mechanism", "SHA256-RSA-PKCS")


def _make_key(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=Card holder")
    desk.run(*made, "-keyout", "key.pem", "-out", "certificate.pem")
    both = ("-inkey", "key.pem", "-in", "certificate.pem", "-out", "both.p12", "-passout", "pass:x")
    desk.run("openssl", "pkcs12", "-export", *both)


STEPS: Sequence[Step] = (
    Flow("gids-tool: set a card up", [(*INITIALIZE, *SERIAL)]),
    _make_key,
    Flow(
        "pkcs15-init: store a key and its certificate, gids",
        [(*STORE, "--label", "key", "--key-usage", "sign,decrypt")],
    ),
    Flow("gids-tool: list", [("gids-tool",)]),
    # Its status is 0, though the card is one already.
    Flow("gids-tool: set a card up a second time", [(*INITIALIZE, *SERIAL)]),
    Flow("pkcs11-tool: list, gids", [(*PKCS11, "--list-objects")]),
    Flow("pkcs11-tool: sign (RSA-2048), gids", [(*SIGN, "--input-file", "message", "--output-file", "signed")]),
    Flow("pkcs11-tool: test, gids", [(*PKCS11, "--test")]),
    Flow(
        "pkcs15-tool: change the PIN, gids",
        [("pkcs15-tool", "--change-pin", "--pin", PIN, "--new-pin", OTHER_PIN)],
    ),
    Flow("gids-tool: unblock the PIN", [("gids-tool", "--unblock", *ADMIN, "--pin", PIN)]),
)


USAGE = ("--key-usage", "sign,decrypt")
USE = ("--input-file", "message", "--output-file", "signed")
DECIPHERED = ("--input-file", "cryptogram", "--output-file", "plain")


def _encipher(desk: Desk) -> None:
    """Something for the key that was generated."""
    _make_key(desk)
    desk.use("pkcs15-tool", "--read-public-key", "00", "--output", "00.pub")
    desk.run(*("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", "00.pub", "-in", "message", "-out", "cryptogram"))


KEYS: Sequence[Step] = (
    Flow(
        "gids-tool: set a card up, with a serial number that is drawn",
        [(*INITIALIZE, "--serial-number", "")],
    ),
    Flow("opensc-tool: name, gids", [("opensc-tool", "--name")]),
    Flow(
        "pkcs15-init: generate RSA-2048, gids",
        [(*INIT, "--generate-key", "rsa/2048", "--label", "generated", *USAGE)],
        is_judged=False,
    ),
    _encipher,
    Flow("pkcs15-tool: dump, gids", [("pkcs15-tool", "--dump")]),
    Flow("pkcs15-tool: read a public key, gids", [("pkcs15-tool", "--read-public-key", "00")]),
    Flow("ssh-keygen: list, gids", [("ssh-keygen", "-D", str(MODULE))]),
    Flow("pkcs11-tool: list slots, gids", [("pkcs11-tool", "--module", str(MODULE), "--list-slots")]),
    Flow(
        "pkcs11-tool: sign what is no hash (RSA-2048), gids",
        [(*PKCS11, "--sign", "--id", "00", "--mechanism", "RSA-PKCS", *USE)],
    ),
    Flow(
        "pkcs11-tool: decrypt (RSA-2048), gids",
        [(*PKCS11, "--decrypt", "--id", "00", "--mechanism", "RSA-PKCS", *DECIPHERED)],
    ),
    Flow(
        "pkcs11-tool: generate RSA-2048, gids",
        [(*PKCS11, "--keypairgen", "--key-type", "rsa:2048", "--label", "module")],
        is_judged=False,
    ),
    Flow(
        "pkcs15-init: store a key that signs alone and its certificate, gids",
        [(*STORE, "--label", "signs", "--key-usage", "sign")],
    ),
    Flow("pkcs15-tool: read a certificate, gids", [("pkcs15-tool", "--read-certificate", "02")]),
    Flow("pkcs15-init: delete a certificate, gids", [(*INIT, "--delete-objects", "cert", "--id", "02")]),
    Flow("pkcs15-init: delete a key, gids", [(*INIT, "--delete-objects", "privkey", "--id", "02")]),
    Flow(
        "pkcs15-init: generate without the PIN, gids",
        [refused("pkcs15-init", "--auth-id", "80", "--pin", PIN, "--generate-key", "rsa/1024")],
    ),
)
"""Keys that are generated, stored and deleted."""

VERIFY = ("pkcs15-tool", "--verify-pin", "--pin")
UNBLOCK_BY_PUK = ("pkcs15-tool", "--unblock-pin", "--new-pin", PIN, "--puk")


def _block(desk: Desk) -> None:
    for _ in range(2):
        desk.use(*refused(*VERIFY, WRONG_PIN))


CODES: Sequence[Step] = (
    Flow("pkcs15-tool: a wrong PIN, gids", [refused(*VERIFY, WRONG_PIN)]),
    _block,
    Flow("pkcs15-tool: a PIN that is blocked, gids", [refused(*VERIFY, PIN)]),
    Flow("pkcs15-tool: a wrong PUK, gids", [refused(*UNBLOCK_BY_PUK, WRONG_PUK)]),
    Flow("pkcs15-tool: unblock the PIN by the PUK, gids", [(*UNBLOCK_BY_PUK, PUK)]),
    Flow(
        "gids-tool: unblock the PIN by another administrator's key",
        [refused("gids-tool", "--unblock", "--admin-key", OTHER_KEY, "--pin", PIN)],
    ),
    Flow(
        "gids-tool: change the administrator's key",
        [("gids-tool", "--change-admin-key", *ADMIN, "--new-admin-key", OTHER_KEY)],
    ),
    Flow("pkcs11-tool: change the PIN, gids", [(*PKCS11, "--change-pin", "--new-pin", OTHER_PIN)]),
    Flow("pkcs11-tool: a wrong PIN, gids", [refused(*PKCS11, "--list-objects")]),
)
"""Codes of a card that is set up, of version 1."""


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    with tempfile.TemporaryDirectory() as folder:
        found: list[Figure] = []
        for text, steps in ((BLANK, STEPS), (BLANK, KEYS), (WITH_PUK, CODES)):
            definition = Path(folder) / "gids.toml"
            definition.write_text(text, encoding="utf-8")
            found += measured(definition, steps, rounds)
        return found
