"""What OpenSC's programs take with the profile openpgp, and the card's share: see ``program_flows.py``.

Nobody else is at the card: scdaemon would have it for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gnupg_home import CODE, WRONG_CODE, definition
from program_flows import MODULE, Flow, measured, refused

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

RESETTING_CODE = "resetting"
# OpenSC takes a reader that does not tell the sizes of its APDUs for one of short ones.
SIZES = "app default { reader_driver pcsc { max_send_size = 65535; max_recv_size = 65536; } }\n"
WITH_SIZES = ("env", "OPENSC_CONF=opensc.conf")
OPENPGP_TOOL = (*WITH_SIZES, "openpgp-tool")
PKCS15_TOOL = (*WITH_SIZES, "pkcs15-tool")
TOOL = (*OPENPGP_TOOL, "--verify", "CHV3", "--pin", CODE)
INIT = (*WITH_SIZES, "pkcs15-init", "--auth-id", "3", "--pin", CODE, "--verify-pin")
MODULE_ALONE = (*WITH_SIZES, "pkcs11-tool", "--module", str(MODULE))
PKCS11 = (*MODULE_ALONE, "--login", "--pin", CODE)
USE = ("--input-file", "message", "--output-file", "signed")
DECIPHERED = ("--input-file", "cryptogram", "--output-file", "plain")


def _name_sizes(desk: Desk) -> None:
    (desk.folder / "opensc.conf").write_text(SIZES, encoding="ascii")


def _write(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")


def _encipher(desk: Desk) -> None:
    desk.use(*PKCS15_TOOL, "--read-public-key", "02", "--output", "02.pub")
    desk.run(*("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", "02.pub", "-in", "message", "-out", "cryptogram"))


GENERATED: Sequence[Step] = (
    _name_sizes,
    Flow("opensc-tool: name, openpgp", [(*WITH_SIZES, "opensc-tool", "--name")]),
    Flow("openpgp-tool: generate RSA-2048", [(*TOOL, "--gen-key", "1")], is_judged=False),
    _write,
    Flow("openpgp-tool: card information", [(*OPENPGP_TOOL, "--card-info", "--key-info")]),
    Flow("pkcs11-tool: list, openpgp", [(*PKCS11, "--list-objects")]),
    Flow(
        "pkcs11-tool: sign (RSA-2048), openpgp",
        [(*PKCS11, "--slot", "1", "--sign", "--id", "01", "--mechanism", "SHA256-RSA-PKCS", *USE)],
    ),
    Flow("pkcs11-tool: list token slots, openpgp", [(*MODULE_ALONE, "--list-token-slots")]),
    Flow(
        "openpgp-tool: generate RSA-3072",
        [(*TOOL, "--gen-key", "2", "--key-type", "rsa3072")],
        is_judged=False,
    ),
    _encipher,
    Flow("pkcs15-tool: read a public key, openpgp", [(*PKCS15_TOOL, "--read-public-key", "02")]),
    Flow(
        "pkcs11-tool: decrypt (RSA-3072), openpgp",
        [(*PKCS11, "--slot", "0", "--decrypt", "--id", "02", "--mechanism", "RSA-PKCS", *DECIPHERED)],
    ),
    Flow(
        "openpgp-tool: generate RSA-4096",
        [(*TOOL, "--gen-key", "3", "--key-type", "rsa4096")],
        is_judged=False,
    ),
    Flow("openpgp-tool: erase", [(*OPENPGP_TOOL, "--erase")]),
    Flow(
        "pkcs15-init: generate RSA-2048, openpgp",
        [(*INIT, "--generate-key", "rsa/2048", "--id", "1")],
        is_judged=False,
    ),
)
"""Keys that the card generates."""


def _make_keys(desk: Desk) -> None:
    _write(desk)
    desk.run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ec.pem")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=Jane Doe")
    desk.run(*made, "-keyout", "rsa.pem", "-out", "certificate.pem")


STORED: Sequence[Step] = (
    _name_sizes,
    _make_keys,
    Flow("pkcs15-init: store a key (RSA-2048), openpgp", [(*INIT, "--store-private-key", "rsa.pem", "--id", "3")]),
    Flow("pkcs15-init: store a key on P-256, openpgp", [(*INIT, "--store-private-key", "ec.pem", "--id", "2")]),
    lambda desk: desk.use(*INIT, "--store-private-key", "ec.pem", "--id", "1"),
    Flow(
        "pkcs11-tool: sign (P-256), openpgp",
        [(*PKCS11, "--slot", "1", "--sign", "--id", "01", "--mechanism", "ECDSA-SHA256", *USE)],
    ),
    Flow("pkcs15-init: store a certificate, openpgp", [(*INIT, "--store-certificate", "certificate.pem", "--id", "3")]),
    Flow("pkcs15-tool: list certificates, openpgp", [(*PKCS15_TOOL, "--list-certificates")]),
    Flow("pkcs15-tool: read a certificate, openpgp", [(*PKCS15_TOOL, "--read-certificate", "03")]),
)
"""Keys and a certificate that are brought to it."""

VERIFY = (*PKCS15_TOOL, "--verify-pin", "--auth-id", "02", "--pin")
WRONG_ADMIN = (*OPENPGP_TOOL, "--verify", "CHV3", "--pin", WRONG_CODE)


def _block(desk: Desk) -> None:
    for _ in range(2):
        desk.use(*refused(*VERIFY, WRONG_CODE))


def _block_for_ever(desk: Desk) -> None:
    for _ in range(2):
        desk.use(*refused(*WRONG_ADMIN))


CODES: Sequence[Step] = (
    _name_sizes,
    Flow("pkcs15-tool: verify the PIN, openpgp", [(*VERIFY, CODE)]),
    Flow("pkcs15-tool: a wrong PIN, openpgp", [refused(*VERIFY, WRONG_CODE)]),
    _block,
    Flow("pkcs15-tool: a PIN that is blocked, openpgp", [refused(*VERIFY, CODE)]),
    Flow("pkcs11-tool: a PIN that is blocked, openpgp", [refused(*PKCS11, "--list-objects")]),
    Flow(
        "pkcs15-tool: unblock the PIN by the resetting code",
        [(*PKCS15_TOOL, "--unblock-pin", "--auth-id", "02", "--puk", RESETTING_CODE, "--new-pin", CODE)],
    ),
    Flow("openpgp-tool: a wrong PW3", [refused(*WRONG_ADMIN)]),
    _block_for_ever,
    Flow("openpgp-tool: erase a blocked card", [(*OPENPGP_TOOL, "--erase")]),
    lambda desk: desk.use(*TOOL),
)
"""PW1, PW3 and the resetting code."""


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    with definition() as card, definition(f'resetting_code = "{RESETTING_CODE}"\n') as with_code:
        sequences = ((card, GENERATED), (card, STORED), (with_code, CODES))
        return [figure for profile, steps in sequences for figure in measured(profile, steps, rounds)]
