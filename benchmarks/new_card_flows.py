"""What it takes to make a card and use it, as the README has it: ``scard new``, and then ``scard run``.

See ``program_flows.py``.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from measure import Figure
from program_flows import IMAGE, MODULE, MOST_SHARE, PKCS11, Flow, Taken, WholeCommands, share_figure

NEW = (str(Path(sys.executable).with_name("scard")), "new", "piv", IMAGE, "--generate", "rsa2048")
SIGN = ("--sign", "--id", "01", "--mechanism", "SHA256-RSA-PKCS", "--input-file", "message", "--output-file", "signed")
USES = (
    Flow("ssh-keygen: list, a card of scard new", [("ssh-keygen", "-D", str(MODULE))]),
    Flow("pkcs11-tool: sign (RSA-2048), a card of scard new", [(*PKCS11, *SIGN)]),
)


def figures(rounds: int) -> list[Figure]:
    """A new card in each round; raises CalledProcessError where a program is not content."""
    new: list[float] = []
    uses: dict[Flow, list[Taken]] = {flow: [] for flow in USES}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            desk = WholeCommands(Path(folder))
            (desk.folder / "message").write_bytes(b"what is signed")
            new.append(desk.run(*NEW))
            for flow, taken in uses.items():
                taken.append(flow.take(desk))
    return [
        Figure("scard new piv --generate rsa2048", statistics.median(new), "s"),
        *(share_figure(flow.name, taken, MOST_SHARE) for flow, taken in uses.items()),
    ]
