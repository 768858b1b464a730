"""``gpg --card-status`` of a new card."""

from __future__ import annotations

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
