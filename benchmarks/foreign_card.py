"""A foreign card, vicc of vsmartcard-vpicc, behind our readers and on the stock driver.

The same program in three slots of one private daemon, driven by one pyscard program in turns, and in an embedded
reader: as a :class:`VpiccCard`; on a connection over the route on which the kernel acknowledges at once, which is what
it gets from a driver without the stall; and on a plain connection, which is what the stock driver gives it.

Needs the Debian package vsmartcard-vpicc, and pycryptodome.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from measure import Figure, median_ratio, rate
from stock_driver import PEERS, SELECT, Client

from virtual_reader import PrivateDaemon, VpiccCard, insert

FOLDER = "/usr/lib/python3/site-packages/virtualsmartcard"
GET_CHALLENGE = "0084000008"
OURS, PROMPT, PLAIN = range(3)
EMBEDDED = 3
NAMES = {
    OURS: "our reader, pcscd",
    EMBEDDED: "our reader, embedded",
    PROMPT: "a driver without the stall",
    PLAIN: "the stock driver",
}
BAR = 0.6


@contextmanager
def vicc_on(daemon: PrivateDaemon, slot: int) -> Iterator[None]:
    """vicc in ``slot``, connected to the driver."""
    with daemon.connect(slot, prompt=slot == PROMPT) as connection:
        fd = connection.fileno()
        process = subprocess.Popen(
            [sys.executable, str(PEERS / "vicc_on_descriptor.py"), str(fd)],
            pass_fds=[fd],
            env=os.environ | {"PYTHONPATH": FOLDER},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def foreign_card() -> VpiccCard:
    """vicc as a card of ours."""
    vicc = [sys.executable, "/usr/bin/vicc", "--type", "iso7816", "--port", "{port}"]
    return VpiccCard(["env", f"PYTHONPATH={FOLDER}", *vicc], start_s=30)


def figures(seconds: float, rounds: int) -> list[Figure]:
    """APDU rates of vicc on each of the four ways."""
    if not Path(FOLDER).is_dir():
        raise SystemExit("vicc is missing; as root: apt-get install vsmartcard-vpicc")
    with ExitStack() as stack:
        daemon = stack.enter_context(PrivateDaemon(slots=4))
        daemon.insert(stack.enter_context(foreign_card()))
        stack.enter_context(vicc_on(daemon, PROMPT))
        stack.enter_context(vicc_on(daemon, PLAIN))
        client = Client(daemon.environment)
        stack.callback(client.close)
        client.ask(wait_for=[daemon.reader_name(slot) for slot in (OURS, PROMPT, PLAIN)])
        reader = stack.enter_context(insert(stack.enter_context(foreign_card())))
        manager = reader.resource_manager
        handle = manager.connect(manager.establish_context(), reader.name).handle
        found: list[Figure] = []
        for name, apdu in (("SELECT", SELECT), ("GET CHALLENGE", GET_CHALLENGE)):
            command = bytes.fromhex(apdu)
            taken: dict[int, list[float]] = {way: [] for way in NAMES}
            for _ in range(rounds):
                for way, rates in taken.items():
                    if way == EMBEDDED:
                        rates.append(rate(lambda: manager.transmit(handle, command), seconds))  # noqa: B023 - now
                        continue
                    answer = client.ask(reader=daemon.reader_name(way), apdu=apdu, seconds=seconds)
                    if answer["sw"] != "9000":
                        raise SystemExit(f"vicc answered {answer['sw']} to {name}")
                    rates.append(float(str(answer["rate"])))
            found += figures_of(name, taken)
    return found


def figures_of(name: str, taken: dict[int, list[float]]) -> list[Figure]:
    """What one command's rates say."""
    peer = f"over {NAMES[PROMPT]}"
    ratios = {way: median_ratio(taken[way], taken[PROMPT]) for way in (OURS, EMBEDDED)}
    return [
        *(
            Figure(
                f"{name}, vicc in {NAMES[way]}",
                statistics.median(taken[way]),
                "APDU/s",
                ratio=ratio,
                peer=peer,
                bar=BAR,
            )
            for way, ratio in ratios.items()
        ),
        Figure(f"{name}, vicc on {NAMES[PROMPT]}", statistics.median(taken[PROMPT]), "APDU/s"),
        Figure(
            f"{name}, vicc on {NAMES[PLAIN]}",
            statistics.median(taken[PLAIN]),
            "APDU/s",
            ratio=median_ratio(taken[OURS], taken[PLAIN]),
            peer="ours over it",
        ),
    ]
