"""What programs change on a card is in its image, to be used again: a fixture that real tools made."""

from __future__ import annotations

from typing import Any

from emulator import Card

PIV_TOOL = ("yubico-piv-tool", "--reader", "Virtual")


def test_what_yubico_piv_tool_made_the_next_run_reads(desk: Any) -> None:
    desk.scard("new", "piv", "my.card")
    desk.with_card(*PIV_TOOL, "--slot", "9a", "--algorithm", "ECCP256", "--action", "generate", "--output", "key.pub")
    desk.certified("issuer", "rsa:2048")
    desk.openssl("x509", "-new", "-force_pubkey", "key.pub", "-signkey", "issuer.key", "-subj", "/CN=Made by tools",
                 "-out", "made.pem")  # fmt: skip
    desk.with_card(*PIV_TOOL, "--slot", "9a", "--action", "import-certificate", "--input", "made.pem")
    assert "CN=Made by tools" in desk.with_card(*PIV_TOOL, "--action", "status")
    read = desk.with_card(*PIV_TOOL, "--slot", "9a", "--action", "read-certificate", "--output", "-")
    assert read == (desk.folder / "made.pem").read_text(encoding="ascii")
    shown = desk.scard("show", "my.card")
    assert "slot 9a (PIV Authentication): p256, origin generated" in shown
    assert "certificate of CN=Made by tools" in shown


def test_an_image_is_one_file_that_ephemeral_runs_and_tests_leave_as_it_is(desk: Any) -> None:
    desk.scard("new", "pkcs15", "my.card")
    desk.with_card("pkcs15-init", "--create-pkcs15", "--so-pin", "123456", "--so-puk", "0123456789abcdef")
    desk.with_card("pkcs15-init", "--generate-key", "ec/prime256v1", "--auth-id", "FF", "--pin", "123456", "--id", "01")
    assert [path.name for path in desk.folder.glob("my.card*")] == ["my.card"]
    before = (desk.folder / "my.card").read_bytes()
    change = ("pkcs15-tool", "--change-pin", "--pin", "123456", "--new-pin", "654321")
    desk.scard("run", "--card", "my.card", "--ephemeral", "--", *change)
    with Card.open(desk.folder / "my.card", "copy") as card:
        card.power_on()
        assert card.transmit(bytes.fromhex("00A404000CF276A288BCFBA69D34F31001"))[-2:] == b"\x90\x00"
        assert card.transmit(bytes.fromhex("0020000106313233343536")) == b"\x90\x00"
    assert (desk.folder / "my.card").read_bytes() == before
