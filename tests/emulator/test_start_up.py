"""A card that needs no cryptography does not wait for it: the library takes longer to load than all the rest."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from emulator import Card
import scardmgr.connection.manage
card = Card.from_profile("iso7816")
card.power_on()
for command in ("00A4000C027F10", "0CB0000000", "00B0810005", "00700000 01", "10A4000C017F"):
    card.transmit(bytes.fromhex(command))
print([name for name in ("cryptography", "hashlib", "logging") if name in sys.modules])
"""


def test_cryptography_is_loaded_when_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert "cryptography" not in done.stdout
