"""A program that uses cards: one JSON request a line in, one answer a line out, until standard input ends.

{"reader": NAME, "number": N, "apdus": COUNT}
    a context and a handle of its own, so many commands in and out of transactions, a reset; the card keeps N
    -> {"wrong": [WORDS, ...]}
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import scardmgr
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode

if TYPE_CHECKING:
    from scardmgr.winscard.manager import ResourceManager

OK: Final = b"\x90\x00"
SELECT_EF: Final = bytes.fromhex("00A4000C020100")
READ: Final = bytes.fromhex("00B0000004")
CHALLENGE: Final = bytes.fromhex("0084000008")
MISSING: Final = bytes.fromhex("00A4000C023FFE")


def update(data: bytes) -> bytes:
    """UPDATE BINARY at offset 0."""
    return bytes.fromhex("00D60000") + bytes((len(data),)) + data


def use(manager: ResourceManager, reader: str, number: int, apdus: int) -> list[str]:
    """What was answered otherwise than it should be."""
    wrong = []
    context = manager.establish_context()
    try:
        handle = manager.connect(context, reader, ShareMode.SHARED, Protocols.T1).handle
        data = number.to_bytes(4)
        cycle = (
            (SELECT_EF, OK),
            (update(data), OK),
            (READ, data + OK),
            (CHALLENGE, None),
            (MISSING, b"\x6a\x82"),
        )
        for count in range(apdus):
            step = count % len(cycle)
            if step == 0 and count % 50 == 0:
                manager.begin_transaction(handle)
            command, expected = cycle[step]
            answer = manager.transmit(handle, command)
            if answer != expected and (expected is not None or answer[-2:] != OK or len(answer) != 10):
                wrong.append(f"{reader}: {command.hex()} answered {answer.hex()}")
            if step == len(cycle) - 1 and count % 50 == len(cycle) - 1:
                manager.end_transaction(handle, Disposition.LEAVE)
        manager.reconnect(handle, ShareMode.SHARED, Protocols.T1, Disposition.RESET)
        manager.disconnect(handle, Disposition.UNPOWER)
    finally:
        manager.release_context(context)
    return wrong


def main() -> None:
    """Serve requests."""
    manager = scardmgr.resource_manager("pcsc")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            wrong = use(manager, request["reader"], request["number"], request["apdus"])
        except Exception as error:  # noqa: BLE001 - whoever asks is to know, whatever it is
            wrong = [f"{request['reader']}: {type(error).__name__}: {error}"]
        sys.stdout.write(json.dumps({"wrong": wrong}) + "\n")
        sys.stdout.flush()


main()
