"""OpenSC's programs and its PKCS #11 module, and OpenSSH over it, use the card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.card("piv", via="pcscd")


def test_it_is_known_as_a_piv_card(run: Any) -> None:
    assert run("opensc-tool", "--name").stdout.strip() == "Personal Identity Verification Card"


def test_the_serial_number_is_that_of_the_card_uuid(run: Any) -> None:
    said = run("piv-tool", "--serial").stdout.split()
    assert "".join(said).startswith("7B1F9E42C5A84D36B0E1738256D4A90C"), said


def test_piv_tool_generates_and_loads(run: Any, tool: Any, tmp_path: Path) -> None:
    (tmp_path / "management.key").write_text(":".join(["01:02:03:04:05:06:07:08"] * 3), encoding="ascii")
    piv_tool = ("piv-tool", "--admin", "M:9B:03")
    key = {"PIV_EXT_AUTH_KEY": str(tmp_path / "management.key")}
    # Debian's piv-tool 0.23 cannot write down the public key under OpenSSL 3, and exits with 1: the key is there.
    run(*piv_tool, "--genkey", "9A:07", "--out", "public.der", more=key, check=False)
    (tmp_path / "attested.pem").write_text(tool("--slot", "9a", "--action", "attest").stdout, encoding="ascii")
    (tmp_path / "public.pem").write_text(
        run("openssl", "x509", "-in", "attested.pem", "-noout", "-pubkey").stdout, encoding="ascii"
    )
    run("openssl", "genrsa", "-out", "issuer.pem", "2048")
    run("openssl", "x509", "-new", "-force_pubkey", "public.pem", "-signkey", "issuer.pem", "-subj", "/CN=loaded",
        "-out", "certificate.pem")  # fmt: skip
    run(*piv_tool, "--cert", "9A", "--in", "certificate.pem", more=key, check=False)  # its exit status is a length
    read = run("pkcs15-tool", "--read-certificate", "01").stdout
    assert read.strip() == (tmp_path / "certificate.pem").read_text(encoding="ascii").strip()


def test_pkcs11_tool_lists_signs_and_deciphers(run: Any, personalise: Callable[..., Path], pkcs11_module: str) -> None:
    for slot, algorithm in (("9a", "RSA2048"), ("9c", "RSA2048"), ("9e", "ECCP256")):
        personalise(slot, algorithm)
    personalise("9d", "ECCP384", signs=False)
    listed = run("pkcs11-tool", "--module", pkcs11_module, "--login", "--pin", "123456", "--list-objects").stdout
    for label in ("PIV AUTH key", "SIGN key", "KEY MAN key", "CARD AUTH key", "Certificate for PIV Authentication"):
        assert f"label:      {label}" in listed
    assert "always authenticate" in listed
    tested = run("pkcs11-tool", "--module", pkcs11_module, "--login", "--pin", "123456", "--test").stdout
    assert "all 4 signature functions seem to work" in tested
    assert "SHA256-RSA-PKCS: OK" in tested
    assert "No errors" in tested


def test_pkcs11_tool_signs_by_pss_and_on_a_curve(
    run: Any, personalise: Callable[..., Path], pkcs11_module: str, tmp_path: Path
) -> None:
    (tmp_path / "message").write_bytes(b"to be signed")
    tool = ("pkcs11-tool", "--module", pkcs11_module, "--login", "--pin", "123456", "--sign", "--input-file", "message")
    personalise("9a", "RSA2048")
    run(*tool, "--id", "01", "--mechanism", "SHA256-RSA-PKCS-PSS", "--output-file", "pss.sig")
    run("openssl", "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-verify", "public9a.pem",
        "-signature", "pss.sig", "message")  # fmt: skip
    personalise("9e", "ECCP256")
    run(*tool, "--id", "04", "--mechanism", "ECDSA-SHA256", "--signature-format", "openssl", "--output-file", "ec.sig")
    run("openssl", "dgst", "-sha256", "-verify", "public9e.pem", "-signature", "ec.sig", "message")


def test_retired_keys_show_by_the_key_history_object(
    run: Any, tool: Any, personalise: Callable[..., Path], pkcs11_module: str, tmp_path: Path
) -> None:
    personalise("9a", "ECCP256")
    run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "old.pem", "-subj", "/CN=old",
        "-out", "old.crt")  # fmt: skip
    tool("--slot", "82", "--action", "import-key", "--input", "old.pem")
    tool("--slot", "82", "--action", "import-certificate", "--input", "old.crt")
    listing = ("pkcs11-tool", "--module", pkcs11_module, "--login", "--pin", "123456")
    assert "Retired" not in run(*listing, "--list-objects").stdout
    (tmp_path / "history").write_text("C10101C20100FE00", encoding="ascii")
    tool("--action", "write-object", "--id", "0x5fc10c", "--input", "history")
    assert "Retired KEY MAN 1" in run(*listing, "--list-objects").stdout
    (tmp_path / "message").write_bytes(b"for the old key")
    run("openssl", "pkeyutl", "-encrypt", "-certin", "-inkey", "old.crt", "-in", "message", "-out", "sent")
    run(*listing, "--id", "05", "--decrypt", "--mechanism", "RSA-PKCS", "--input-file", "sent", "--output-file", "got")
    assert (tmp_path / "got").read_bytes() == b"for the old key"


def test_ssh_keygen_lists_the_keys(run: Any, personalise: Callable[..., Path], pkcs11_module: str) -> None:
    personalise("9a", "ECCP256")
    personalise("9d", "RSA2048", signs=False)
    listed = run("ssh-keygen", "-D", pkcs11_module).stdout
    assert "ecdsa-sha2-nistp256" in listed
    assert "ssh-rsa" in listed
    assert "PIV AUTH pubkey" in listed


def test_three_wrong_pins_block_and_the_puk_unblocks(
    run: Any, tool: Any, personalise: Callable[..., Path], pkcs11_module: str
) -> None:
    personalise("9a", "ECCP256")
    login = ("pkcs11-tool", "--module", pkcs11_module, "--login", "--list-objects")
    said = [run(*login, "--pin", "999999", check=False).stderr for _ in range(3)]
    assert "CKR_PIN_INCORRECT" in said[0]
    assert "CKR_PIN_LOCKED" in run(*login, "--pin", "123456", check=False).stderr
    tool("--action", "unblock-pin", "--pin", "12345678", "--new-pin", "123456")
    assert "PIV AUTH key" in run(*login, "--pin", "123456").stdout


def test_the_pin_is_changed_over_pkcs11(run: Any, personalise: Callable[..., Path], pkcs11_module: str) -> None:
    personalise("9a", "ECCP256")
    base = ("pkcs11-tool", "--module", pkcs11_module, "--login")
    run(*base, "--pin", "123456", "--change-pin", "--new-pin", "654321")
    assert run(*base, "--pin", "654321", "--list-objects").returncode == 0
