"""A till that adds points to a loyalty card: host code as it would be written for a real card.

usage: python till.py READER POINTS
"""

from __future__ import annotations

import sys

import scardmgr
from iso7816.authentication import KeyType, authentication_token
from scardmgr import REFTYPE, ISCardManage, SCardManage

POINTS_FILE = "3F00/7F20/6F01"
KEY_REFERENCE = b"\x01"


def add_points(manage: ISCardManage, key: bytes, points: int) -> int:
    """Add ``points`` to the attached card and return the new balance.

    Raises:
        HResultError: the card does not accept this till's key, or is no loyalty card.
    """
    prove_to_card(manage, key)
    with manage.CreateFileAccess() as files:
        with files.Open(REFTYPE.SC_TYPE_BY_NAME, POINTS_FILE) as file:
            balance = int.from_bytes(files.Read(file, 4), "big") + points
        with files.Open(REFTYPE.SC_TYPE_BY_NAME, POINTS_FILE) as file:
            files.Write(file, balance.to_bytes(4, "big"))
    return balance


def prove_to_card(manage: ISCardManage, key: bytes) -> None:
    """Answer the card's challenge, so that it lets us write."""
    with manage.CreateCardAuth() as auth:
        challenge = auth.GetChallenge(0, KeyType.AES.challenge_length)
        auth.APP_Auth(0, KEY_REFERENCE, authentication_token(KeyType.AES, key, challenge))


def main(reader: str, points: str) -> None:
    """Ask for the key, and add the points to the card in ``reader``."""
    key = bytes.fromhex(input("key: "))
    with SCardManage(scardmgr.resource_manager("auto")) as manage:
        manage.AttachByIFD(reader)
        print(f"balance: {add_points(manage, key, int(points))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
