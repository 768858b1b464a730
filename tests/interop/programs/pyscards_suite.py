"""Runs a test suite that comes with pyscard, as it is, with a card in the second slot, too.

usage: pyscards_suite.py SUITE.py SECOND-CARD [as-on-windows]

The suite writes what readers and cards it finds into a file beside it, and then tests against that.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from emulator import Card
from scardmgr import resource_manager
from scardmgr.winscard.pyscard_programs import extension, platforms


def main(suite: str, second_card: str, *how: str) -> None:
    if how:
        extension.this_platform = lambda: platforms.WINDOWS
    with Card.from_profile(second_card) as card:
        resource_manager("embedded")._slots["Virtual Reader 00 01"].insert(card)
        os.chdir(Path(suite).parent)
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = [suite]
        runpy.run_path(suite, run_name="__main__")


main(*sys.argv[1:])
