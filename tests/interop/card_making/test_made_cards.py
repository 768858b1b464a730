"""Cards that ``scard new`` made, in the hands of programs that nobody here wrote."""

from __future__ import annotations

from typing import Any


def test_a_piv_card_signs_by_the_key_that_was_given(desk: Any, sign: Any) -> None:
    desk.certified("auth", "rsa:2048")
    desk.certified("other", "rsa:2048")
    desk.scard("new", "piv", "my.card", "--cert", "auth.pem", "--key", "auth.key")
    sign("01", "123456")
    assert desk.verified("auth")
    assert not desk.verified("other")


def test_yubico_piv_tool_shows_what_is_on_a_piv_card(desk: Any) -> None:
    desk.certified("auth", "rsa:2048")
    desk.certified("sign", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")
    desk.scard("new", "piv", "my.card", "--set", "serial=4242", "--set", "version=5.4.3",
               "--slot", "9a", "--cert", "auth.pem", "--key", "auth.key",
               "--slot", "9c", "--cert", "sign.pem", "--key", "sign.key")  # fmt: skip
    said = desk.with_card("yubico-piv-tool", "--reader", "Virtual", "--action", "status")
    assert "Version:\t5.4.3" in said
    assert "Serial Number:\t4242" in said
    assert "Slot 9a:" in said
    assert "Slot 9c:" in said
    assert "CN=auth of Ada" in said
    assert "CN=sign of Ada" in said
    assert "Slot 9d" not in said
    read = desk.with_card(
        "yubico-piv-tool", "--reader", "Virtual", "--slot", "9c", "--action", "read-certificate", "--output", "-"
    )
    assert read == (desk.folder / "sign.pem").read_text(encoding="ascii")


def test_ssh_finds_the_keys_of_a_piv_card(desk: Any, pkcs11_module: str) -> None:
    desk.certified("auth", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    desk.scard("new", "piv", "my.card", "--cert", "auth.pem", "--key", "auth.key")
    (listed,) = [line for line in desk.with_card("ssh-keygen", "-D", pkcs11_module).splitlines() if "PIV AUTH" in line]
    public = desk.run("ssh-keygen", "-i", "-m", "PKCS8", "-f", "auth.pub").stdout
    assert listed.split()[:2] == public.split()[:2]


def test_the_codes_of_a_piv_card_are_those_that_were_given(desk: Any, sign: Any) -> None:
    desk.scard("new", "piv", "my.card", "--generate", "rsa2048", "--pin", "654321", "--puk", "87654321")
    sign("01", "654321")
    tool = ("yubico-piv-tool", "--reader", "Virtual", "--action")
    desk.with_card(*tool, "unblock-pin", "--pin", "87654321", "--new-pin", "111111")
    sign("01", "111111")


def test_a_retired_key_deciphers(desk: Any) -> None:
    desk.certified("auth", "rsa:2048")
    desk.certified("old", "rsa:2048")
    desk.scard("new", "piv", "my.card", "--slot", "9a", "--cert", "auth.pem", "--key", "auth.key",
               "--slot", "82", "--cert", "old.pem", "--key", "old.key")  # fmt: skip
    desk.openssl("pkeyutl", "-encrypt", "-certin", "-inkey", "old.pem", "-in", "message", "-out", "sent")
    desk.with_card("pkcs11-tool", "--login", "--pin", "123456", "--decrypt", "--id", "05", "--mechanism", "RSA-PKCS",
                   "--input-file", "sent", "--output-file", "got")  # fmt: skip
    assert (desk.folder / "got").read_bytes() == b"to be signed"


def test_opensc_lists_a_pkcs15_card_and_it_signs(desk: Any, sign: Any) -> None:
    desk.certified("auth", "rsa:2048")
    desk.certified("mail", "rsa:2048")
    desk.openssl("pkcs12", "-export", "-inkey", "mail.key", "-in", "mail.pem", "-out", "mail.p12", "-passout", "pass:x")
    (desk.folder / "passphrase").write_text("x\n", encoding="ascii")
    desk.scard("new", "pkcs15", "my.card", "--pin", "my pin", "--puk", "0123456789abcdef",
               "--slot", "01", "--cert", "auth.pem", "--key", "auth.key",
               "--slot", "05", "--p12", "mail.p12", "--passphrase-file", "passphrase")  # fmt: skip
    said = desk.with_card("pkcs15-tool", "--dump")
    for line in ("Private RSA Key [auth of Ada]", "X.509 Certificate [auth of Ada]", "Private RSA Key [mail of Ada]"):
        assert line in said
    for identifier, name in (("01", "auth"), ("05", "mail")):
        sign(identifier, "my pin")
        assert desk.verified(name)
        read = desk.with_card("pkcs15-tool", "--read-certificate", identifier)
        assert read.strip() == (desk.folder / f"{name}.pem").read_text(encoding="ascii").strip()


def test_pkcs15_init_goes_on_from_a_card_that_was_made(desk: Any, sign: Any) -> None:
    desk.scard("new", "pkcs15", "my.card", "--generate", "rsa2048")
    desk.certified("mail", "rsa:2048")
    desk.with_card("pkcs15-init", "--store-private-key", "mail.key", "--auth-id", "FF", "--pin", "123456",
                   "--id", "02", "--label", "brought later")  # fmt: skip
    sign("02", "123456")
    assert desk.verified("mail")
    assert "label brought later" in desk.scard("show", "my.card")


def test_an_openpgp_card_signs_as_a_pkcs11_token(desk: Any, sign: Any) -> None:
    desk.certified("auth", "rsa:2048")
    desk.scard("new", "openpgp", "my.card", "--slot", "authentication", "--cert", "auth.pem", "--key", "auth.key")
    sign("03", "123456")
    assert desk.verified("auth")


def test_opensc_lists_a_gids_card_and_it_signs(desk: Any, sign: Any) -> None:
    desk.certified("auth", "rsa:2048")
    desk.scard("new", "gids", "my.card", "--pin", "654321", "--cert", "auth.pem", "--key", "auth.key")
    assert "Private RSA Key [auth of Ada]" in desk.with_card("pkcs15-tool", "--dump")
    sign("00", "654321")
    assert desk.verified("auth")
