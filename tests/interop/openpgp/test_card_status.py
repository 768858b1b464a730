"""``gpg --card-status``, and the same of OpenSC."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.card("openpgp", via="pcscd")


def test_gpg_shows_a_new_card(gnupg: Any) -> None:
    status = gnupg.card_status()
    assert status["Reader"][-2:] == ["D276000124010304FFFF000000010000", "openpgp-card"]
    assert status["version"] == ["0304"]
    assert status["vendor"] == ["ffff", "test card"]
    assert status["serial"] == ["00000001"]
    assert status["keyattr1"] == status["keyattr2"] == status["keyattr3"] == ["1", "2048"]
    assert status["maxpinlen"] == ["127", "127", "127"]
    assert status["pinretry"] == ["3", "0", "3"], "there is no resetting code"
    assert status["sigcount"][0] == "0"
    assert status["forcepin"][0] == "1", "PW1 is valid for one signature"
    assert status["kdf"] == ["off"]
    assert not any(status["fpr"])
    assert gnupg.asked() == []


def test_openpgp_tool_shows_a_new_card(run_program: Any) -> None:
    shown = run_program("openpgp-tool", "--card-info", "--key-info", "--user-info").stdout
    fields = dict(re.findall(r"^([\w ]+):\s+(.*)$", shown, flags=re.MULTILINE))
    assert fields["Version"] == "3.4"
    assert fields["Serial number"] == "00000001"
    assert fields["Sig Algorithm"] == fields["Dec Algorithm"] == fields["Aut Algorithm"] == "RSA2048"
    assert set(fields["Sig Fingerprint"].split(":")) == {"00"}


def test_opensc_knows_it_by_its_atr(run_program: Any) -> None:
    assert run_program("opensc-tool", "-n").stdout.strip() == "OpenPGP card v3.4 (FFFF 00000001)"


def test_pkcs11_tool_lists_its_two_tokens(run_program: Any) -> None:
    shown = run_program("pkcs11-tool", "--list-token-slots").stdout
    assert "OpenPGP card (User PIN)" in shown
    assert "OpenPGP card (User PIN (sig))" in shown
    assert shown.count("serial num         : ffff00000001") == 2
