"""What yubico-piv-tool, OpenSC and OpenSSH take with the profile piv, and its share: see ``program_flows.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from program_flows import MODULE, PKCS11, Flow, measured

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

TOOL = ("yubico-piv-tool", "--reader", "Virtual")
PIN, OTHER_PIN, PUK = "123456", "654321", "12345678"
VERIFY = ("--action", "verify-pin", "--pin", PIN)
OTHER_KEY = "0102030405060708" * 2 + "A1A2A3A4A5A6A7A8"


def _certify(desk: Desk) -> None:
    """Certificates of the card's public keys, by a key of OpenSSL's, and a key that is to be brought in."""
    desk.run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "issuer.pem")
    for slot in ("9a", "9e"):
        made = ("openssl", "x509", "-new", "-force_pubkey", f"{slot}.pub", "-signkey", "issuer.pem")
        desk.run(*made, "-subj", "/CN=card", "-out", f"{slot}.pem")
    desk.run("openssl", "genrsa", "-out", "key.pem", "2048")
    desk.run("openssl", "req", "-new", "-x509", "-key", "key.pem", "-subj", "/CN=imported", "-out", "9d.pem")


STEPS: Sequence[Step] = (
    Flow(
        "yubico-piv-tool: generate RSA-2048 in 9a and P-256 in 9e",
        [
            (*TOOL, "--slot", "9a", "--action", "generate", "--output", "9a.pub"),
            (*TOOL, "--slot", "9e", "--algorithm", "ECCP256", "--action", "generate", "--output", "9e.pub"),
        ],
        is_judged=False,
    ),
    _certify,
    Flow(
        "yubico-piv-tool: import two certificates",
        [(*TOOL, "--slot", slot, "--action", "import-certificate", "--input", f"{slot}.pem") for slot in ("9a", "9e")],
    ),
    Flow("yubico-piv-tool: status", [(*TOOL, "--action", "status")]),
    Flow(
        "yubico-piv-tool: verify the PIN, sign (RSA-2048)",
        [(*TOOL, *VERIFY, "--slot", "9a", "--action", "test-signature", "--input", "9a.pem")],
    ),
    Flow(
        "yubico-piv-tool: verify the PIN, sign (P-256)",
        [(*TOOL, *VERIFY, "--slot", "9e", "--action", "test-signature", "--input", "9e.pem")],
    ),
    Flow("pkcs11-tool: list, piv", [(*PKCS11, "--list-objects")]),
    Flow("pkcs11-tool: test, piv", [(*PKCS11, "--test")]),
    Flow("ssh-keygen: list, piv", [("ssh-keygen", "-D", str(MODULE))]),
    Flow(
        "yubico-piv-tool: import RSA-2048 into 9d",
        [(*TOOL, "--slot", "9d", "--action", "import-key", "--input", "key.pem")],
    ),
    Flow(
        "yubico-piv-tool: verify the PIN, decipher (RSA-2048)",
        [(*TOOL, *VERIFY, "--slot", "9d", "--action", "test-decipher", "--input", "9d.pem")],
    ),
    Flow("yubico-piv-tool: attest the key in 9a", [(*TOOL, "--slot", "9a", "--action", "attest")]),
    Flow(
        "yubico-piv-tool: change the PIN",
        [(*TOOL, "--action", "change-pin", "--pin", PIN, "--new-pin", OTHER_PIN)],
    ),
    Flow(
        "yubico-piv-tool: unblock the PIN",
        [(*TOOL, "--action", "unblock-pin", "--pin", PUK, "--new-pin", PIN)],
    ),
    Flow(
        "yubico-piv-tool: set the management key",
        [(*TOOL, "--action", "set-mgm-key", "--new-key", OTHER_KEY)],
    ),
)
"""The management key last: the programs know the one that a new card has."""


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    return measured("piv", STEPS, rounds)
