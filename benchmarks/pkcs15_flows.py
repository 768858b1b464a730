"""What OpenSC's programs and OpenSSH take with the profile pkcs15, and the card's share: see ``program_flows.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from program_flows import MODULE, PKCS11, Flow, measured

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

INIT = ("pkcs15-init", "--auth-id", "FF", "--pin", "123456")
SIGN = (*PKCS11, "--sign", "--input-file", "message", "--output-file", "signed")


def _write(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")


STEPS: Sequence[Step] = (
    Flow(
        "pkcs15-init: create the structure, set PIN and PUK",
        [("pkcs15-init", "--create-pkcs15", "--so-pin", "123456", "--so-puk", "0123456789abcdef")],
    ),
    Flow(
        "pkcs15-init: generate RSA-2048",
        [(*INIT, "--generate-key", "rsa/2048", "--id", "01", "--key-usage", "sign,decrypt")],
        is_judged=False,
    ),
    Flow(
        "pkcs15-init: generate P-256",
        [(*INIT, "--generate-key", "ec/prime256v1", "--id", "02")],
        is_judged=False,
    ),
    _write,
    Flow("pkcs15-tool: dump", [("pkcs15-tool", "--dump")]),
    Flow("pkcs15-tool: verify the PIN", [("pkcs15-tool", "--verify-pin", "--pin", "123456")]),
    Flow("pkcs11-tool: sign (RSA-2048), pkcs15", [(*SIGN, "--id", "01", "--mechanism", "SHA256-RSA-PKCS")]),
    Flow("pkcs11-tool: sign (P-256), pkcs15", [(*SIGN, "--id", "02", "--mechanism", "ECDSA-SHA1")]),
    Flow("pkcs11-tool: test, pkcs15", [(*PKCS11, "--test")]),
    Flow("ssh-keygen: list, pkcs15", [("ssh-keygen", "-D", str(MODULE))]),
)


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    return measured("pkcs15", STEPS, rounds)
