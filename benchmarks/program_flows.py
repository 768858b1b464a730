"""What programs of others take with an emulated card through a private pcscd, and the card's share of it.

A flow is one run of one program, or several. Its wall time is that of the programs, from start to exit; the card's
share is the time inside ``transmit``. Some have no bar: how long the generation of a key of RSA takes is chance, and
pkcs11-tool's test is private operations of RSA one after the other, which cost their time whoever computes them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Figure

from emulator import Card
from iso7816.forwarding import ForwardingICC
from virtual_reader import insert

BOUND_S = 60
MOST_SHARE = 0.05
MODULE = next(iter(sorted(Path("/usr/lib").glob("*/opensc-pkcs11.so"))), Path("/usr/lib/opensc-pkcs11.so"))
TOOL = ("yubico-piv-tool", "--reader", "Virtual")
VERIFY = ("--action", "verify-pin", "--pin", "123456")
PKCS11 = ("pkcs11-tool", "--module", str(MODULE), "--login", "--pin", "123456")


class TimedICC(ForwardingICC):
    """A card whose time is taken.

    Attributes:
        seconds: inside ``transmit``, altogether.
    """

    __slots__ = ("seconds",)

    def __init__(self, icc: Card) -> None:
        super().__init__(icc)
        self.seconds = 0.0

    def transmit(self, command: bytes) -> bytes:
        """As the card's; its time is added."""
        start = time.perf_counter()
        try:
            return self._icc.transmit(command)
        finally:
            self.seconds += time.perf_counter() - start


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Something that a person does.

    Attributes:
        name: what.
        commands: the programs, one after the other.
        is_judged: whether the card's share is held to the bar.
    """

    name: str
    commands: Sequence[Sequence[str]]
    is_judged: bool = True


GENERATION = Flow(
    "yubico-piv-tool: generate RSA-2048 in 9a and P-256 in 9e",
    [
        (*TOOL, "--slot", "9a", "--action", "generate", "--output", "9a.pub"),
        (*TOOL, "--slot", "9e", "--algorithm", "ECCP256", "--action", "generate", "--output", "9e.pub"),
    ],
    is_judged=False,
)
FLOWS: Sequence[Flow] = (
    Flow(
        "yubico-piv-tool: import two certificates",
        [(*TOOL, "--slot", slot, "--action", "import-certificate", "--input", f"{slot}.pem") for slot in ("9a", "9e")],
    ),
    Flow("yubico-piv-tool: status", [(*TOOL, "--action", "status")]),
    Flow(
        "yubico-piv-tool: verify the PIN, sign (RSA-2048)",
        [(*TOOL, *VERIFY, "--slot", "9a", "--action", "test-signature", "--input", "9a.pem")],
    ),
    Flow(
        "yubico-piv-tool: verify the PIN, sign (P-256)",
        [(*TOOL, *VERIFY, "--slot", "9e", "--action", "test-signature", "--input", "9e.pem")],
    ),
    Flow("pkcs11-tool: list", [(*PKCS11, "--list-objects")]),
    Flow("pkcs11-tool: test", [(*PKCS11, "--test")], is_judged=False),
    Flow("ssh-keygen: list", [("ssh-keygen", "-D", str(MODULE))]),
)


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs programs.

    Attributes:
        folder: in which they run, and which they have for their home.
        environment: by which they find the card.
    """

    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str) -> None:
        """Run one. Raises CalledProcessError where it is not content, or takes longer than ``BOUND_S``."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment, "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # A wait with a time limit looks every so often, in the end every 50 ms.
        limit = threading.Timer(BOUND_S, process.kill)
        limit.start()
        status = process.wait()
        limit.cancel()
        if status != 0:
            raise subprocess.CalledProcessError(status, command)


def _certify(programs: Programs) -> None:
    """Certificates of the card's public keys, by a key of OpenSSL's."""
    programs.run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "issuer.pem")
    for slot in ("9a", "9e"):
        made = ("openssl", "x509", "-new", "-force_pubkey", f"{slot}.pub", "-signkey", "issuer.pem")
        programs.run(*made, "-subj", "/CN=card", "-out", f"{slot}.pem")


def figures(rounds: int) -> list[Figure]:
    """The flows with the profile piv, in turns; raises CalledProcessError where a program is not content."""
    return measured("piv", (GENERATION,), FLOWS, rounds, _certify)


def measured(
    profile: str | Path,
    once: Sequence[Flow],
    flows: Sequence[Flow],
    rounds: int,
    between: Callable[[Programs], None],
    before: Callable[[Programs], None] | None = None,
    after: Callable[[Programs], None] | None = None,
) -> list[Figure]:
    """Figures of flows with a new card of a profile.

    Args:
        profile: its name, or the path of a definition.
        once: what is done at first, and once.
        flows: what is done then, in turns.
        rounds: how often.
        between: what is done after ``once``, and is not measured.
        before: likewise, before everything.
        after: likewise, at the end, come what may.

    Raises:
        CalledProcessError: a program is not content.
    """
    card = TimedICC(Card.from_profile(profile))
    found: dict[Flow, list[tuple[float, float]]] = {}

    def take(flow: Flow) -> None:
        inside, start = card.seconds, time.perf_counter()
        for command in flow.commands:
            programs.run(*command)
        found.setdefault(flow, []).append((time.perf_counter() - start, card.seconds - inside))

    with tempfile.TemporaryDirectory() as folder, insert(card, via="pcscd") as reader:
        programs = Programs(Path(folder), reader.environment)
        try:
            if before is not None:
                before(programs)
            for flow in once:
                take(flow)
            between(programs)
            for _ in range(rounds):
                for flow in flows:
                    take(flow)
        finally:
            if after is not None:
                after(programs)
    return [
        Figure(
            flow.name,
            statistics.median(wall for wall, _inside in taken),
            "s",
            ratio=statistics.median(inside / wall for wall, inside in taken),
            peer="of it in the card",
            bar=MOST_SHARE if flow.is_judged else None,
            at_least=False,
        )
        for flow, taken in found.items()
    ]
