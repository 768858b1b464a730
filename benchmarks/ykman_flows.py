"""What ykman, of PyPI's yubikey-manager, takes with the profile piv, and the card's share: see ``program_flows.py``.

It is a program in Python, whose start is most of each flow.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from program_flows import Flow, measured, refused

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

PIN, OTHER_PIN, WRONG_PIN = "123456", "654321", "999999"
PUK, OTHER_PUK = "12345678", "87654321"
KEY = "010203040506070801020304050607080102030405060708"
AES_KEY = "000102030405060708090A0B0C0D0E0F"
WITH_KEY = ("-m", KEY)
WITH_BOTH = ("-m", KEY, "-P", PIN)


def _make_key(desk: Desk) -> None:
    desk.run("openssl", "genrsa", "-out", "key.pem", "3072")


def _steps(program: str) -> Sequence[Step]:
    """Keys and certificates, and then an end of them."""
    # The reader does not have a YubiKey's name.
    ykman = (program, "--reader", "00 00", "piv")
    generate = (*ykman, "keys", "generate", *WITH_BOTH, "-a")
    certify = (*ykman, "certificates")
    return (
        Flow("ykman: info", [(*ykman, "info")]),
        *(
            step
            for slot, algorithm, name in (
                ("9a", "RSA2048", "RSA-2048"),
                ("9c", "ECCP256", "P-256"),
                ("9e", "ECCP384", "P-384"),
                ("83", "ED25519", "Ed25519"),
                ("84", "RSA3072", "RSA-3072"),
            )
            for step in (
                Flow(f"ykman: generate {name}", [(*generate, algorithm, slot, f"{slot}.pub")], is_judged=False),
                Flow(
                    f"ykman: generate a certificate ({name})",
                    [(*certify, "generate", *WITH_BOTH, "-s", "CN=on card", slot, f"{slot}.pub")],
                ),
            )
        ),
        Flow("ykman: export a certificate", [(*certify, "export", "9a", "9a.pem")]),
        Flow("ykman: request a certificate", [(*certify, "request", "-P", PIN, "-s", "CN=wish", "9a", "9a.pub", "r")]),
        Flow("ykman: attest the key in 9c", [(*ykman, "keys", "attest", "9c", "attested.pem")]),
        Flow(
            "ykman: generate X25519 in 82",
            [(*generate, "X25519", "--pin-policy", "ALWAYS", "82", "82.pub")],
            is_judged=False,
        ),
        Flow("ykman: move a key", [(*ykman, "keys", "move", *WITH_KEY, "82", "95")]),
        Flow("ykman: tell of a key", [(*ykman, "keys", "info", "95")]),
        Flow("ykman: delete a key", [(*ykman, "keys", "delete", *WITH_KEY, "95")]),
        _make_key,
        Flow("ykman: import RSA-3072 into 9d", [(*ykman, "keys", "import", *WITH_BOTH, "9d", "key.pem")]),
        Flow("ykman: attest a key that was imported", [refused(*ykman, "keys", "attest", "9d", "-")]),
        Flow("ykman: reset", [(*ykman, "reset", "-f")]),
    )


def _codes(program: str) -> Sequence[Step]:
    """PIN, PUK and management key."""
    access = (program, "--reader", "00 00", "piv", "access")
    change = (*access, "change-management-key", "-a")
    keys = (
        ("AES128", "AES-128", AES_KEY),
        ("AES192", "AES-192", KEY),
        ("AES256", "AES-256", AES_KEY * 2),
        ("TDES", "3DES", KEY),
    )
    return (
        Flow("ykman: a wrong PIN", [refused(*access, "change-pin", "-P", WRONG_PIN, "-n", OTHER_PIN)]),
        Flow("ykman: change the PIN", [(*access, "change-pin", "-P", PIN, "-n", OTHER_PIN)]),
        Flow("ykman: change the PUK", [(*access, "change-puk", "-p", PUK, "-n", OTHER_PUK)]),
        Flow("ykman: unblock the PIN", [(*access, "unblock-pin", "-p", OTHER_PUK, "-n", PIN)]),
        Flow("ykman: set the numbers of tries", [(*access, "set-retries", *WITH_BOTH, "-f", "4", "5")]),
        *(
            Flow(f"ykman: set a management key ({name})", [(*change, algorithm, "-m", before, "-n", key)])
            for (algorithm, name, key), before in zip(keys, (KEY, AES_KEY, KEY, AES_KEY * 2), strict=True)
        ),
        Flow(
            "ykman: generate a CHUID",
            [(program, "--reader", "00 00", "piv", "objects", "generate", *WITH_KEY, "CHUID")],
        ),
        Flow(
            "ykman: keep a management key behind the PIN",
            [(*change, "TDES", *WITH_BOTH, "--generate", "--protect")],
        ),
        Flow(
            "ykman: generate P-256 by the management key behind the PIN",
            [(program, "--reader", "00 00", "piv", "keys", "generate", "-P", PIN, "-a", "ECCP256", "9a", "9a.pub")],
            is_judged=False,
        ),
    )


def program() -> str:
    """Where ykman is; raises SystemExit where there is none."""
    found = os.environ.get("SCARDMGR_YKMAN") or shutil.which("ykman")
    if found is None:
        raise SystemExit("ykman is missing: pip install yubikey-manager, or name it in SCARDMGR_YKMAN")
    return found


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    ykman = program()
    return [figure for steps in (_steps, _codes) for figure in measured("piv", steps(ykman), rounds)]
