"""What OpenSC's programs and OpenSSH take with the profile pkcs15, and the card's share: see ``program_flows.py``."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from program_flows import MODULE, PKCS11, Flow, measured, refused
from ssh_login import LOG_IN_BY_MODULE, open_server_for_module

import emulator

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

PIN, OTHER_PIN, WRONG_PIN = "123456", "654321", "999999"
PUK, WRONG_PUK = "0123456789abcdef", "fedcba9876543210"
CREATE = ("pkcs15-init", "--create-pkcs15", "--so-pin", PIN, "--so-puk", PUK)
INIT = ("pkcs15-init", "--auth-id", "FF", "--pin", PIN)
INTO = ("--output-file", "plain")
SIGN = (*PKCS11, "--sign", "--input-file", "message", "--output-file", "signed")


def _create(desk: Desk) -> None:
    desk.use(*CREATE)


def _write(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")
    desk.run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ec.pem")
    desk.use("sh", "-c", "pkcs15-tool --read-public-key 01 >01.pub")
    desk.run(*("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", "01.pub", "-in", "message", "-out", "cryptogram"))


STEPS: Sequence[Step] = (
    Flow(
        "pkcs15-init: create the structure, set PIN and PUK",
        [CREATE],
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


def _make_keys(desk: Desk) -> None:
    """Two keys of RSA with their certificates, one of them in a file that has both, and a note."""
    for name in ("rsa", "other"):
        made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", f"/CN={name}")
        desk.run(*made, "-keyout", f"{name}.pem", "-out", f"{name}.crt")
    both = ("-inkey", "other.pem", "-in", "other.crt", "-out", "both.p12", "-passout", "pass:x")
    desk.run("openssl", "pkcs12", "-export", *both)
    desk.run("openssl", "x509", "-in", "other.crt", "-outform", "DER", "-out", "other.der")
    desk.run("openssl", "pkey", "-in", "other.pem", "-pubout", "-out", "other.pub")
    (desk.folder / "note").write_bytes(b"for the card holder alone")
    (desk.folder / "message").write_bytes(b"what is signed")
    desk.run("openssl", "dgst", "-sha256", "-sign", "rsa.pem", "-out", "signature", "message")
    (desk.folder / "script").write_text("cd 5015\ninfo 5032\ncat 5032\n", encoding="ascii")


VERIFY_SIGNATURE = (
    *(*PKCS11, "--verify", "--id", "01", "--mechanism", "SHA256-RSA-PKCS"),
    *("--input-file", "message", "--signature-file", "signature"),
)


def _open_server(desk: Desk) -> None:
    open_server_for_module(desk, PIN)


OBJECTS: Sequence[Step] = (
    Flow("opensc-tool: name, pkcs15", [("opensc-tool", "--name")]),
    Flow("pkcs15-tool: dump before there is a structure", [refused("pkcs15-tool", "--dump")]),
    _create,
    _make_keys,
    Flow(
        "pkcs15-init: store a key (RSA-2048)",
        [(*INIT, "--store-private-key", "rsa.pem", "--id", "01", "--key-usage", "sign,decrypt")],
    ),
    Flow("pkcs15-init: store a certificate", [(*INIT, "--store-certificate", "rsa.crt", "--id", "01")]),
    Flow(
        "pkcs15-init: store a key and its certificate, pkcs15",
        [(*INIT, "--store-private-key", "both.p12", "--format", "pkcs12", "--passphrase", "x", "--id", "09")],
    ),
    Flow("pkcs15-init: store a public key", [(*INIT, "--store-public-key", "other.pub", "--id", "0C")]),
    Flow(
        "pkcs15-init: store a data object",
        [(*INIT, "--store-data", "note", "--label", "note", "--application-name", "tests")],
    ),
    Flow(
        "pkcs15-tool: verify the PIN, read a data object",
        [("pkcs15-tool", "--read-data-object", "note", "--raw", "--output", "read", "--verify-pin", "--pin", PIN)],
    ),
    Flow("pkcs15-tool: read a certificate, pkcs15", [("pkcs15-tool", "--read-certificate", "09")]),
    Flow("pkcs15-tool: read a public key, pkcs15", [("pkcs15-tool", "--read-public-key", "01")]),
    Flow("opensc-explorer: look at a file", [("opensc-explorer", "script")]),
    Flow("pkcs11-tool: list slots, pkcs15", [("pkcs11-tool", "--module", str(MODULE), "--list-slots")]),
    Flow("pkcs11-tool: list, pkcs15", [(*PKCS11, "--list-objects")]),
    Flow("pkcs11-tool: sign what is no hash (RSA-2048), pkcs15", [(*SIGN, "--id", "01", "--mechanism", "RSA-PKCS")]),
    Flow("pkcs11-tool: verify (RSA-2048), pkcs15", [VERIFY_SIGNATURE]),
    Flow("pkcs11-tool: draw random numbers, pkcs15", [(*PKCS11, "--generate-random", "32", "--output-file", "drawn")]),
    Flow(
        "pkcs11-tool: generate P-256, pkcs15",
        [(*PKCS11, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "0A", "--label", "module")],
        is_judged=False,
    ),
    Flow(
        "pkcs11-tool: write a certificate, pkcs15",
        [(*PKCS11, "--write-object", "other.der", "--type", "cert", "--id", "0B", "--label", "alone")],
    ),
    Flow(
        "pkcs11-tool: write a private data object, pkcs15",
        [(*PKCS11, "--write-object", "note", "--type", "data", "--label", "other note", "--private")],
    ),
    _open_server,
    Flow("ssh: log in, pkcs15", [LOG_IN_BY_MODULE]),
    Flow("pkcs15-init: delete a key", [(*INIT, "--delete-objects", "privkey,pubkey", "--id", "01")]),
    Flow("pkcs15-init: create the structure a second time", [refused(*CREATE)]),
    Flow(
        "pkcs15-init: generate on a curve that the card does not have",
        [refused(*INIT, "--generate-key", "ec/prime192v1", "--id", "0D")],
    ),
    Flow("pkcs15-init: erase the card, which its driver cannot", [refused(*INIT, "--erase-card")]),
)
"""Whatever can be stored, what is done with it, and how it is deleted."""

VERIFY = ("pkcs15-tool", "--verify-pin", "--pin")


def _block(desk: Desk) -> None:
    for _ in range(2):
        desk.use(*refused(*VERIFY, WRONG_PIN))


CODES: Sequence[Step] = (
    _create,
    Flow("pkcs15-tool: a wrong PIN, pkcs15", [refused(*VERIFY, WRONG_PIN)]),
    _block,
    Flow("pkcs15-tool: a PIN that is blocked, pkcs15", [refused(*VERIFY, PIN)]),
    Flow("pkcs11-tool: a PIN that is blocked, pkcs15", [refused(*PKCS11, "--list-objects")]),
    Flow(
        "pkcs15-tool: a wrong PUK",
        [refused("pkcs15-tool", "--unblock-pin", "--puk", WRONG_PUK, "--new-pin", PIN)],
    ),
    Flow(
        "pkcs15-tool: unblock a PIN that is blocked, pkcs15",
        [("pkcs15-tool", "--unblock-pin", "--puk", PUK, "--new-pin", PIN)],
    ),
    Flow(
        "pkcs15-init: a wrong PIN",
        [refused("pkcs15-init", "--generate-key", "ec/prime256v1", "--auth-id", "FF", "--pin", WRONG_PIN)],
    ),
    Flow("pkcs11-tool: change the PIN, pkcs15", [(*PKCS11, "--change-pin", "--new-pin", OTHER_PIN)]),
    Flow("pkcs11-tool: a wrong PIN, pkcs15", [refused(*PKCS11, "--list-objects")]),
)
"""Wrong codes, and blocked ones."""

CURVES: Sequence[Step] = (
    _create,
    _make_keys,
    *(
        step
        for number, name, curve in (
            ("01", "P-384", "secp384r1"),
            ("02", "secp256k1", "secp256k1"),
            ("03", "brainpoolP256r1", "brainpoolP256r1"),
        )
        for step in (
            Flow(
                f"pkcs15-init: generate {name}",
                [(*INIT, "--generate-key", f"ec/{curve}", "--id", number)],
                is_judged=False,
            ),
            Flow(f"pkcs11-tool: sign ({name}), pkcs15", [(*SIGN, "--id", number, "--mechanism", "ECDSA-SHA1")]),
        )
    ),
)
"""The other curves."""


def _encipher(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")
    desk.use("pkcs15-tool", "--read-public-key", "01", "--output", "01.pub")
    desk.run(*("openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", "01.pub", "-in", "message", "-out", "cryptogram"))


ON_T0: Sequence[Step] = (
    Flow("pkcs15-init: create the structure, set PIN and PUK, T=0", [CREATE]),
    Flow(
        "pkcs15-init: generate RSA-2048 and P-256, T=0",
        [
            (*INIT, "--generate-key", "rsa/2048", "--id", "01", "--key-usage", "sign,decrypt"),
            (*INIT, "--generate-key", "ec/prime256v1", "--id", "02"),
        ],
        is_judged=False,
    ),
    _encipher,
    Flow("pkcs11-tool: sign (RSA-2048), T=0", [(*SIGN, "--id", "01", "--mechanism", "SHA256-RSA-PKCS")]),
    Flow("pkcs11-tool: sign (P-256), T=0", [(*SIGN, "--id", "02", "--mechanism", "ECDSA-SHA1")]),
    Flow(
        "pkcs11-tool: decrypt (RSA-2048), T=0",
        [(*PKCS11, "--decrypt", "--id", "01", "--mechanism", "RSA-PKCS", "--input-file", "cryptogram", *INTO)],
    ),
    Flow(
        "pkcs15-tool: unblock the PIN, T=0",
        [("pkcs15-tool", "--unblock-pin", "--puk", PUK, "--new-pin", PIN)],
    ),
)
"""A card that offers T=0 alone."""


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    text = (Path(emulator.__file__).parent / "profiles" / "pkcs15.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        on_t0 = Path(folder) / "pkcs15.toml"
        on_t0.write_text(text.replace('protocols = ["T=1"]', 'protocols = ["T=0"]'), encoding="utf-8")
        on_t1 = (STEPS, OBJECTS, CODES, CURVES)
        found = [*(measured("pkcs15", steps, rounds) for steps in on_t1), measured(on_t0, ON_T0, rounds)]
        return [figure for flows in found for figure in flows]
