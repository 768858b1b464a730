"""What yubico-piv-tool, OpenSC, OpenSSH and GnuTLS take with the profile piv, and its share (``program_flows.py``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from program_flows import MODULE, PKCS11, Flow, done_anyway, measured, refused
from ssh_login import LOG_IN_BY_MODULE, open_server_for_module

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

TOOL = ("yubico-piv-tool", "--reader", "Virtual")
PIN, OTHER_PIN, WRONG_PIN = "123456", "654321", "999999"
PUK, OTHER_PUK, WRONG_PUK = "12345678", "11223344", "99999999"
VERIFY = ("--action", "verify-pin", "--pin", PIN)
VERIFY_WRONG = ("--action", "verify-pin", "--pin", WRONG_PIN)
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


def _block(desk: Desk) -> None:
    """No tries are left, neither of the PIN nor of the PUK; the one has four, the other two."""
    for _ in range(4):
        desk.use(*refused(*TOOL, *VERIFY_WRONG))
    for _ in range(2):
        desk.use(*refused(*TOOL, "--action", "change-puk", "--pin", WRONG_PUK, "--new-pin", OTHER_PUK))


def _is_as_new(desk: Desk) -> None:
    desk.use("sh", "-c", f"{' '.join(TOOL)} --action status | grep -q 'PIN tries left:.3'")


def _write_object(desk: Desk) -> None:
    (desk.folder / "object").write_text("0102030405", encoding="ascii")


CODES: Sequence[Step] = (
    Flow(
        "yubico-piv-tool: change the PUK",
        [(*TOOL, "--action", "change-puk", "--pin", PUK, "--new-pin", OTHER_PUK)],
    ),
    Flow("yubico-piv-tool: a wrong PIN", [refused(*TOOL, *VERIFY_WRONG)]),
    Flow("yubico-piv-tool: another management key", [refused(*TOOL, f"--key={OTHER_KEY}", "--action", "set-chuid")]),
    Flow("yubico-piv-tool: set the CHUID and the CCC", [(*TOOL, "--action", "set-chuid", "--action", "set-ccc")]),
    _write_object,
    Flow(
        "yubico-piv-tool: write a data object",
        [(*TOOL, "--action", "write-object", "--id", "0x5fc10a", "--input", "object")],
    ),
    Flow("yubico-piv-tool: read a data object", [(*TOOL, "--action", "read-object", "--id", "0x5fc10a")]),
    Flow("yubico-piv-tool: read the certificate in f9", [(*TOOL, "--slot", "f9", "--action", "read-certificate")]),
    Flow(
        "yubico-piv-tool: set the numbers of tries",
        [(*TOOL, *VERIFY, "--action", "pin-retries", "--pin-retries", "4", "--puk-retries", "2")],
    ),
    Flow("yubico-piv-tool: reset before the codes are blocked", [refused(*TOOL, "--action", "reset")]),
    _block,
    Flow("yubico-piv-tool: a PIN that is blocked", [refused(*TOOL, *VERIFY)]),
    Flow("yubico-piv-tool: reset", [(*TOOL, "--action", "reset")]),
    _is_as_new,
)
"""Codes, data objects, and the end of it all."""


def _certify_curves(desk: Desk) -> None:
    """The same for keys on curves, and keys that are to be brought in."""
    desk.run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "issuer.pem")
    for slot in ("9c", "9d", "82"):
        made = ("openssl", "x509", "-new", "-force_pubkey", f"{slot}.pub", "-signkey", "issuer.pem")
        desk.run(*made, "-subj", "/CN=card", "-out", f"{slot}.pem")
    for slot, curve in (("95", "prime256v1"), ("9a", "secp384r1")):
        desk.run("openssl", "ecparam", "-genkey", "-name", curve, "-noout", "-out", f"{slot}.key")
        desk.run("openssl", "req", "-new", "-x509", "-key", f"{slot}.key", "-subj", "/CN=card", "-out", f"{slot}.pem")


CURVES: Sequence[Step] = (
    Flow(
        "yubico-piv-tool: generate P-384 in 9c and 9d, P-256 in 82",
        [
            (*TOOL, "--slot", slot, "--algorithm", algorithm, "--action", "generate", "--output", f"{slot}.pub")
            for slot, algorithm in (("9c", "ECCP384"), ("9d", "ECCP384"), ("82", "ECCP256"))
        ],
        is_judged=False,
    ),
    _certify_curves,
    Flow(
        "yubico-piv-tool: verify the PIN, sign (P-384)",
        [(*TOOL, *VERIFY, "--slot", "9c", "--action", "test-signature", "--input", "9c.pem")],
    ),
    Flow(
        "yubico-piv-tool: sign without the PIN",
        [refused(*TOOL, "--slot", "9c", "--action", "test-signature", "--input", "9c.pem")],
    ),
    *(
        Flow(
            f"yubico-piv-tool: verify the PIN, agree on a secret ({curve})",
            [(*TOOL, *VERIFY, "--slot", slot, "--action", "test-decipher", "--input", f"{slot}.pem")],
        )
        for slot, curve in (("9d", "P-384"), ("82", "P-256"))
    ),
    *(
        Flow(
            f"yubico-piv-tool: import {curve} into {slot}",
            [(*TOOL, "--slot", slot, "--action", "import-key", "--input", f"{slot}.key", "--pin-policy", "once")],
        )
        for slot, curve in (("95", "P-256"), ("9a", "P-384"))
    ),
    Flow("yubico-piv-tool: attest a key that was imported", [refused(*TOOL, "--slot", "9a", "--action", "attest")]),
)
"""Keys on curves."""

PIV_TOOL = ("env", "PIV_EXT_AUTH_KEY=management.key", "piv-tool", "--admin", "M:9B:03")
MODULE_ALONE = ("pkcs11-tool", "--module", str(MODULE), "--login")
SIGN = (*PKCS11, "--sign", "--input-file", "message", "--output-file", "signed")
DECIPHERED = ("--input-file", "cryptogram", "--output-file", "plain")
CERTTOOL = (
    *("env", f"GNUTLS_PIN={PIN}", "certtool", "--provider", str(MODULE), "--generate-self-signed"),
    *("--template", "template", "--load-privkey", "pkcs11:id=%01;type=private"),
    *("--load-pubkey", "pkcs11:id=%01;type=public", "--hash", "SHA256", "--outfile", "certificate.pem"),
)


def _write(desk: Desk) -> None:
    (desk.folder / "management.key").write_text(":".join(["01:02:03:04:05:06:07:08"] * 3), encoding="ascii")
    (desk.folder / "template").write_text('cn = "on the card"\nsigning_key\n', encoding="ascii")
    (desk.folder / "message").write_bytes(b"what is signed")
    # One retired key, 82, of which there is the certificate on the card.
    (desk.folder / "history").write_text("C10101C20100FE00", encoding="ascii")


def _certify_generated(desk: Desk) -> None:
    """A certificate of the key that piv-tool has had generated, which the card attests: so it is there."""
    desk.use("sh", "-c", f"{' '.join(TOOL)} --slot 9a --action attest >attested.pem")
    desk.run("sh", "-c", "openssl x509 -in attested.pem -noout -pubkey >9a.pub")
    desk.use(*TOOL, "--slot", "9e", "--algorithm", "ECCP256", "--action", "generate", "--output", "9e.pub")
    _certify(desk)


def _is_loaded(desk: Desk) -> None:
    desk.use("sh", "-c", f"{' '.join(TOOL)} --slot 9a --action read-certificate | cmp - 9a.pem")


def _bring_others(desk: Desk) -> None:
    """A certificate of the key on P-256, and an old key to decipher with."""
    desk.use(*TOOL, "--slot", "9e", "--action", "import-certificate", "--input", "9e.pem")
    desk.use(*TOOL, "--slot", "82", "--action", "import-key", "--input", "key.pem")
    desk.use(*TOOL, "--slot", "82", "--action", "import-certificate", "--input", "9d.pem")
    desk.use(*TOOL, "--action", "write-object", "--id", "0x5fc10c", "--input", "history")
    desk.run(*("openssl", "pkeyutl", "-encrypt", "-certin", "-inkey", "9d.pem", "-in", "message", "-out", "cryptogram"))


def _open_server(desk: Desk) -> None:
    open_server_for_module(desk, PIN)


OPENSC: Sequence[Step] = (
    _write,
    Flow("opensc-tool: name, piv", [("opensc-tool", "--name")]),
    Flow("piv-tool: serial number", [("piv-tool", "--serial")]),
    # Debian's 0.23 cannot write down the public key under OpenSSL 3: that is its status.
    Flow(
        "piv-tool: generate RSA-2048 in 9a",
        [done_anyway(*PIV_TOOL, "--genkey", "9A:07", "--out", "public.der")],
        is_judged=False,
    ),
    _certify_generated,
    # Its status is a length.
    Flow("piv-tool: load a certificate", [done_anyway(*PIV_TOOL, "--cert", "9A", "--in", "9a.pem")]),
    _is_loaded,
    Flow("pkcs15-tool: read a certificate, piv", [("pkcs15-tool", "--read-certificate", "01")]),
    Flow("certtool: have a certificate signed (RSA-2048), piv", [CERTTOOL]),
    _bring_others,
    Flow("pkcs11-tool: sign by PSS (RSA-2048), piv", [(*SIGN, "--id", "01", "--mechanism", "SHA256-RSA-PKCS-PSS")]),
    Flow("pkcs11-tool: sign (P-256), piv", [(*SIGN, "--id", "04", "--mechanism", "ECDSA-SHA256")]),
    Flow(
        "pkcs11-tool: decrypt by a retired key (RSA-2048), piv",
        [(*PKCS11, "--decrypt", "--id", "05", "--mechanism", "RSA-PKCS", *DECIPHERED)],
    ),
    _open_server,
    Flow("ssh: log in, piv", [LOG_IN_BY_MODULE]),
    Flow("pkcs11-tool: a wrong PIN, piv", [refused(*MODULE_ALONE, "--list-objects", "--pin", WRONG_PIN)]),
    Flow(
        "pkcs11-tool: change the PIN, piv",
        [(*MODULE_ALONE, "--pin", PIN, "--change-pin", "--new-pin", OTHER_PIN)],
    ),
)
"""OpenSC's programs, and what works over its PKCS #11 module."""


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    return [figure for steps in (STEPS, CODES, CURVES, OPENSC) for figure in measured("piv", steps, rounds)]
