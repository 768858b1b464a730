"""gids-tool sets cards up, unblocks the PIN, changes the administrator's key, and says what is on a card."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import Card

PIN, NEW_PIN = "12345678", "654321"
ADMIN_KEY = "010203040506070801020304050607080102030405060708"
OTHER_KEY = "000102030405060708090A0B0C0D0E0F1011121314151617"
SERIAL = "0F1E2D3C4B5A69788796A5B4C3D2E1F0"
INITIALIZE = ("--initialize", "--admin-key", OTHER_KEY, "--pin", NEW_PIN, "--serial-number", SERIAL)
NO_ADMINISTRATOR = "SC_CARDCTL_GIDS_AUTHENTICATE_ADMIN, *) failed with Security status not satisfied"
FILES = [r"\cardid", r"\cardapps", r"\cardcf", r"mscp\cmapfile"]

blank = pytest.mark.card("cards/blank.toml", via="pcscd")
pytestmark = pytest.mark.card("gids", via="pcscd")


@blank
def test_a_card_as_it_comes_is_set_up(desk: Any) -> None:
    done = desk.gids(check=False)
    assert "Is that a new card ?" in done.stderr
    done = desk.gids(*INITIALIZE)
    assert "failed" not in done.stderr
    said = desk.gids().stdout
    assert re.findall(r"File: (.*)", said) == FILES
    assert "no container found" in said
    dump = desk.dump()
    assert f"Serial number  : {SERIAL.lower()}" in dump
    assert "Version        : 2" in dump
    assert [desk.verify(NEW_PIN), desk.tries()] == ["", 3]
    # The administrator has the key that was given, and no longer the one that everybody knows.
    done = desk.gids("--unblock", "--admin-key", ADMIN_KEY, "--pin", PIN, check=False)
    assert done.returncode != 0
    assert NO_ADMINISTRATOR in done.stderr
    assert desk.verify(NEW_PIN) == ""
    said = desk.gids("--unblock", "--admin-key", OTHER_KEY, "--pin", PIN).stdout
    assert "Administrator authentication successful" in said
    assert [desk.verify(PIN), desk.verify(NEW_PIN)] == ["", "Operation failed: PIN code or key incorrect"]


@blank
def test_without_a_serial_number_it_draws_one(desk: Any) -> None:
    desk.gids("--initialize", "--admin-key", OTHER_KEY, "--pin", NEW_PIN, "--serial-number", "")
    found = re.search(r"Serial number  : ([0-9a-f]{32})", desk.dump())
    assert found is not None
    assert int(found[1], 16) != 0


@blank
def test_what_was_set_up_lasts(desk: Any, card: Card, tmp_path: Any) -> None:
    """It is kept in an image, and the programs go on with that."""
    desk.gids(*INITIALIZE)
    card.save(tmp_path / "my.card")
    with Card.open(tmp_path / "my.card", mode="copy") as again:
        again.power_on()
        identifier = again.transmit(bytes.fromhex("00CBA012045C02DF2000"))
        assert identifier == bytes.fromhex("DF2010" + SERIAL + "9000")
        assert again.transmit(bytes.fromhex("0020008006") + NEW_PIN.encode()) == b"\x90\x00"


def test_it_is_set_up_once(desk: Any) -> None:
    done = desk.gids(*INITIALIZE)
    assert "SC_CARDCTL_GIDS_INITIALIZE, *) failed with Card is invalid or cannot be handled" in done.stderr
    assert desk.verify(PIN) == ""


def test_the_card_of_the_profile_is_set_up(desk: Any) -> None:
    said = desk.gids().stdout
    assert re.findall(r"File: (.*)", said) == FILES
    assert re.findall(r"Size: (\d+)", said) == ["16", "8", "6", "0"]
    assert f"Serial number  : {b'GIDS test card 1'.hex()}" in desk.dump()


def test_three_wrong_pins_block_and_the_administrators_key_unblocks(desk: Any) -> None:
    for left in (2, 1, 0):
        assert desk.verify("00000000") == "Operation failed: PIN code or key incorrect"
        assert desk.tries() == left
    assert desk.verify(PIN) == "Operation failed: Authentication method blocked"
    said = desk.gids("--unblock", "--admin-key", ADMIN_KEY, "--pin", NEW_PIN).stdout
    assert "Administrator authentication successful" in said
    assert "Unblock PIN done successfully" in said
    assert [desk.tries(), desk.verify(NEW_PIN)] == [3, ""]


def test_another_administrators_key_unblocks_nothing(desk: Any) -> None:
    done = desk.gids("--unblock", "--admin-key", OTHER_KEY, "--pin", NEW_PIN, check=False)
    assert done.returncode != 0
    assert NO_ADMINISTRATOR in done.stderr
    assert desk.verify(PIN) == ""


def test_the_administrators_key_is_changed(desk: Any) -> None:
    change = ("--change-admin-key", "--admin-key", ADMIN_KEY, "--new-admin-key", OTHER_KEY)
    desk.gids(*change)
    assert desk.gids(*change, check=False).returncode != 0
    desk.gids("--unblock", "--admin-key", OTHER_KEY, "--pin", NEW_PIN)
    assert desk.verify(NEW_PIN) == ""


def test_it_lists_containers(with_key: Any) -> None:
    with_key.init("--generate-key", "rsa/1024", "--label", "signs", "--key-usage", "sign")
    said = with_key.gids().stdout
    assert "my key".encode("utf-16-le").hex().upper() in said
    assert re.findall(r"bFlags: +(.*)", said) == ["Valid container,Default container", "Valid container"]
    assert re.findall(r"wSigKeySizeBits: +(\d+)", said) == ["0", "1024"]
    assert re.findall(r"wKeyExchangeKeySizeBits: +(\d+)", said) == ["2048", "0"]
    assert re.findall(r"keyref: +(.*)", said) == ["0xb081", "0xb082"]
    assert re.findall(r"key type: +(.*)", said) == ["signature + decryption", "signature"]
    assert r"File: mscp\kxc00" in said
