"""What OpenSC's programs and OpenSSH take with the profile pkcs15, and the card's share: see ``program_flows.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from program_flows import MODULE, PKCS11, Flow, measured

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

PIN, OTHER_PIN, PUK = "123456", "654321", "0123456789abcdef"
INIT = ("pkcs15-init", "--auth-id", "FF", "--pin", PIN)
INTO = ("--output-file", "plain")
SIGN = (*PKCS11, "--sign", "--input-file", "message", "--output-file", "signed")


def _write(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")
    desk.run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ec.pem")
    desk.use("sh", "-c", "pkcs15-tool --read-public-key 01 >01.pub")
    desk.run(*("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", "01.pub", "-in", "message", "-out", "cryptogram"))


STEPS: Sequence[Step] = (
    Flow(
        "pkcs15-init: create the structure, set PIN and PUK",
        [("pkcs15-init", "--create-pkcs15", "--so-pin", PIN, "--so-puk", PUK)],
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
    Flow("pkcs15-tool: verify the PIN", [("pkcs15-tool", "--verify-pin", "--pin", PIN)]),
    Flow("pkcs11-tool: sign (RSA-2048), pkcs15", [(*SIGN, "--id", "01", "--mechanism", "SHA256-RSA-PKCS")]),
    Flow("pkcs11-tool: sign (P-256), pkcs15", [(*SIGN, "--id", "02", "--mechanism", "ECDSA-SHA1")]),
    Flow(
        "pkcs11-tool: decrypt (RSA-2048), pkcs15",
        [(*PKCS11, "--decrypt", "--id", "01", "--mechanism", "RSA-PKCS", "--input-file", "cryptogram", *INTO)],
    ),
    Flow(
        "pkcs15-init: store a key on P-256",
        [(*INIT, "--store-private-key", "ec.pem", "--id", "03", "--key-usage", "sign")],
    ),
    Flow("pkcs11-tool: test, pkcs15", [(*PKCS11, "--test")]),
    Flow("ssh-keygen: list, pkcs15", [("ssh-keygen", "-D", str(MODULE))]),
    Flow(
        "pkcs15-tool: change the PIN, pkcs15",
        [("pkcs15-tool", "--change-pin", "--pin", PIN, "--new-pin", OTHER_PIN)],
    ),
    Flow(
        "pkcs15-tool: unblock the PIN, pkcs15",
        [("pkcs15-tool", "--unblock-pin", "--puk", PUK, "--new-pin", PIN)],
    ),
)


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    return measured("pkcs15", STEPS, rounds)
