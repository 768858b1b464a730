"""What ``gpg --card-edit`` takes with the profile openpgp, and the card's share: see ``program_flows.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gnupg_home import CODE, WRONG_CODE, answer, definition, edit_card, measured_with_gnupg, shows
from program_flows import Flow, refused

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step


def _is_right(desk: Desk) -> None:
    answer(desk, CODE)


def _is_wrong(desk: Desk) -> None:
    """As is every PIN from now on. What scdaemon has verified before, it forgets."""
    answer(desk, WRONG_CODE)
    desk.use("gpg-connect-agent", "scd serialno", "scd reset", "/bye")


def _shows(line: str) -> Step:
    return lambda desk: shows(desk, line)


def _write(desk: Desk) -> None:
    (desk.folder / "certificate").write_bytes(b"\x30" * 1500)


def _is_read(desk: Desk) -> None:
    desk.run("cmp", "certificate", "read")


HOLDER: Sequence[Step] = (
    Flow("gpg: card status of a new card", [("gpg", "--card-status")]),
    Flow("gpg: write the holder's name", [edit_card("admin", "name", "Doe", "Jane")]),
    Flow(
        "gpg: write login, language, sex and URL",
        [edit_card("admin", "login", "jane", "lang", "deen", "sex", "f", "url", "https://example.org/jane.asc")],
    ),
    _shows("login:jane:"),
    Flow("gpg: write two fingerprints", [edit_card("admin", "cafpr 1", "11" * 20, "cafpr 3", "33" * 20)]),
    _shows(f"cafpr:{'11' * 20}::{'33' * 20}:"),
    _write,
    Flow("gpg: write a certificate", [edit_card("admin", "writecert 3 < certificate")]),
    Flow("gpg: read a certificate", [edit_card("readcert 3 > read")]),
    _is_read,
    Flow("gpg: let the PIN be good for several signatures", [edit_card("admin", "forcesig")]),
    _shows("forcepin:0:"),
    Flow("gpg: draw random numbers", [("gpg-connect-agent", "--hex", "scd random 32", "/bye")]),
    *(
        step
        for name, answers, shown in (
            ("RSA-3072, 4096, 2048", ("1", "3072", "1", "4096", "1", "2048"), "keyattr:1:1:3072:"),
            ("Curve25519", ("2", "1") * 3, "keyattr:1:22:Ed25519:"),
            ("P-256, P-384, P-521", ("2", "3", "2", "4", "2", "5"), "keyattr:1:19:NIST P-256:"),
            ("brainpool", ("2", "6", "2", "7", "2", "8"), "keyattr:1:19:brainpoolP256r1:"),
            ("secp256k1", ("2", "9") * 3, "keyattr:1:19:secp256k1:"),
        )
        for step in (
            Flow(f"gpg: set key attributes ({name})", [edit_card("admin", "key-attr", *answers)]),
            _shows(shown),
        )
    ),
    # Without a key gpg 2.2 verifies PW1 for signatures, which does not do.
    lambda desk: desk.use(*edit_card("admin", "generate", "n", "0", "Jane Doe", "jane@example.org", "")),
    Flow(
        "gpg: write four data objects for private use",
        [edit_card("admin", *(word for number in "1234" for word in (f"privatedo {number}", f"note {number}")))],
    ),
    # Everybody may read the first two.
    _shows("private_do:1:note 1:"),
    _shows("private_do:2:note 2:"),
)
"""What is written on a card beside keys."""

CODES: Sequence[Step] = (
    Flow("gpg: change the PIN", [edit_card("passwd")]),
    # 1 changes the PIN, 3 the Admin PIN
    Flow("gpg: change both PINs", [edit_card("admin", "passwd", "1", "3", "q")]),
    # 4 sets the Reset Code
    Flow("gpg: set the Reset Code", [edit_card("admin", "passwd", "4", "q")]),
    _shows("pinretry:3:3:3:"),
    Flow("gpg: verify the PIN", [edit_card("verify")]),
    _is_wrong,
    Flow("gpg: a wrong PIN", [edit_card("passwd")]),
    _shows("pinretry:2:3:3:"),
    lambda desk: [desk.use(*edit_card("passwd")) for _ in range(2)],
    _is_right,
    _shows("pinretry:0:3:3:"),
    Flow("gpg: unblock the PIN by the Reset Code", [edit_card("unblock")]),
    _shows("pinretry:3:3:3:"),
    # 2 unblocks the PIN
    Flow("gpg: unblock the PIN by the Admin PIN", [edit_card("admin", "passwd", "2", "q")]),
    _is_wrong,
    Flow("gpg: a wrong Admin PIN", [refused(*edit_card("admin", "login", "joe"))]),
    _shows("pinretry:3:3:2:"),
)
"""PW1, PW3 and the resetting code."""

RESET: Sequence[Step] = (
    lambda desk: desk.use(*edit_card("admin", "login", "jane", "key-attr", *("2", "1") * 3)),
    Flow("gpg: factory-reset", [edit_card("admin", "factory-reset", "y", "yes")]),
    _shows("login::"),
    _is_wrong,
    lambda desk: [desk.use(*refused(*edit_card("admin", "login", "joe"))) for _ in range(3)],
    _shows("pinretry:3:0:0:"),
    Flow("gpg: factory-reset of a blocked card", [edit_card("admin", "factory-reset", "y", "yes")]),
    _shows("pinretry:3:0:3:"),
)
"""A card that is as new again."""


def _derived(command: str, shown: str) -> Sequence[Step]:
    """PINs of which the card has only what is derived of them. They are those of a new card then."""
    return (
        Flow(f"gpg: {command}", [edit_card("admin", command)]),
        _shows(f"kdf:{shown}:"),
        lambda desk: answer(desk, "123456"),
        Flow(f"gpg: change the PIN, after {command}", [edit_card("passwd")]),
        Flow(f"gpg: verify the PIN, after {command}", [edit_card("verify")]),
        _shows("pinretry:3:0:3:"),
    )


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    sequences = (HOLDER, CODES, RESET, _derived("kdf-setup", "on"), _derived("kdf-setup single", "single"))
    with definition() as card:
        return [figure for steps in sequences for figure in measured_with_gnupg(card, steps, rounds)]
