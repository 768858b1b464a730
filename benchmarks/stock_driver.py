"""A card behind the real pcscd and its stock vpcd driver, beside cards that do nothing.

Four slots of one private daemon, driven by one pyscard program in turns: the ``iso7816`` card, a null
responder in C that sets TCP_QUICKACK as our card does, one in C that does not (what every
card that leaves the kernel its delayed ACK gets), and one in Python.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from measure import Figure, median_ratio

from emulator import Card
from virtual_reader import PrivateDaemon

PEERS = Path(__file__).with_name("peers")
SELECT = "00A4000C023F00"
READ_BINARY = "00B00000FF"
READ_BYTES = 255

OURS, C_QUICK, C_PLAIN, PYTHON = range(4)
NAMES = {
    OURS: "card iso7816",
    C_QUICK: "null responder in C, QUICKACK",
    C_PLAIN: "null responder in C, plain",
    PYTHON: "null responder in Python",
}


class Client:
    """The pyscard program in a process of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PEERS / "pcsc_client.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )

    def ask(self, **request: object) -> dict[str, object]:
        """One request, one answer."""
        assert self._process.stdin is not None  # noqa: S101 - opened above
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the PC/SC client ended with {self._process.wait(10)}")
        answer: dict[str, object] = json.loads(line)
        return answer

    def close(self) -> None:
        """End of input ends it."""
        self._process.communicate(timeout=10)


def compile_null_responder(folder: str) -> str:
    """The C peer, built; returns its path."""
    program = f"{folder}/null_responder"
    subprocess.run(["cc", "-O2", "-o", program, str(PEERS / "null_responder.c")], check=True)
    return program


@contextmanager
def responder(daemon: PrivateDaemon, slot: int, command: list[str], data: int) -> Iterator[None]:
    """A null responder in ``slot``, answering ``data`` bytes and 9000."""
    with daemon.connect(slot) as connection:
        fd = connection.fileno()
        arguments = [str(fd) if part == "FD" else part for part in [*command, str(data)]]
        process = subprocess.Popen(arguments, pass_fds=[fd])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def figures(seconds: float, rounds: int) -> list[Figure]:
    """APDU rates and the time of a reset through the stock driver."""
    found: list[Figure] = []
    with ExitStack() as stack:
        program = compile_null_responder(stack.enter_context(tempfile.TemporaryDirectory()))
        card = stack.enter_context(Card.from_profile("iso7816"))
        for name, apdu, data in (("SELECT", SELECT, 0), ("READ BINARY", READ_BINARY, READ_BYTES)):
            with ExitStack() as turn:
                daemon = turn.enter_context(PrivateDaemon(slots=4))
                # The daemon starts with the first card: the three others sit in before it looks again.
                daemon.insert(card)
                turn.enter_context(responder(daemon, C_QUICK, [program, "FD", "1"], data))
                turn.enter_context(responder(daemon, C_PLAIN, [program, "FD", "0"], data))
                python = [sys.executable, str(PEERS / "null_responder.py"), "FD"]
                turn.enter_context(responder(daemon, PYTHON, python, data))
                client = Client(daemon.environment)
                turn.callback(client.close)
                wait_for_readers(client, daemon)
                if apdu == READ_BINARY:
                    client.ask(reader=daemon.reader_name(OURS), apdu="00A4000C020100", seconds=0)
                found += rate_figures(name, client, daemon, apdu, seconds, rounds)
                if apdu == SELECT:
                    found.append(reconnect_figure(client, daemon))
    return found


def wait_for_readers(client: Client, daemon: PrivateDaemon) -> None:
    """pcscd looks every 400 ms: the client tells when each card is there."""
    client.ask(wait_for=[daemon.reader_name(slot) for slot in NAMES])


def rate_figures(
    name: str, client: Client, daemon: PrivateDaemon, apdu: str, seconds: float, rounds: int
) -> list[Figure]:
    """The rate of each card, in turns, and ours over the others'."""
    taken: dict[int, list[float]] = {slot: [] for slot in NAMES}
    for _ in range(rounds):
        for slot in NAMES:
            answer = client.ask(reader=daemon.reader_name(slot), apdu=apdu, seconds=seconds)
            if answer["sw"] != "9000":
                raise SystemExit(f"{NAMES[slot]} answered {answer['sw']} to {name}")
            taken[slot].append(float(str(answer["rate"])))
    bars = {C_QUICK: 0.85, C_PLAIN: 400.0, PYTHON: None}
    return [
        Figure(f"{name}, pcscd: {NAMES[OURS]}", statistics.median(taken[OURS]), "APDU/s"),
        *(
            Figure(
                f"{name}, pcscd: {NAMES[slot]}",
                statistics.median(taken[slot]),
                "APDU/s",
                ratio=median_ratio(taken[OURS], taken[slot]),
                peer="ours over it",
                bar=bar,
            )
            for slot, bar in bars.items()
        ),
    ]


def reconnect_figure(client: Client, daemon: PrivateDaemon) -> Figure:
    """SCardReconnect with reset."""
    answer = client.ask(reader=daemon.reader_name(OURS), reconnects=200)
    times = [float(one) for one in answer["milliseconds"]]  # type: ignore[attr-defined]
    return Figure("SCardReconnect with reset, pcscd", statistics.median(times), "ms", bar=2.0, at_least=False)
