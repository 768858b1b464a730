"""The story that ``scard demo`` tells: ISCardManage from attaching to detaching, call by call.

It plays on any resource manager and reader that hold the built-in profile ``iso7816``. What is shown of
a call is what a program would write and get; codes and keys are shown by name only.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from iso7816.authentication import KeyType, authentication_token, is_token_right
from scardmgr import FILETYPE, REFTYPE, SCARD_FLAGS, HResultError, SCardManage

if TYPE_CHECKING:
    from iso7816.describe import Dialogue, DialogueEntry
    from scardmgr import ISCardFileAccess, ISCardManage
    from scardmgr.winscard.manager import ResourceManager

Value = TypeVar("Value")

# Of the built-in profile; docs/card.md lists them.
CHV_REFERENCE = 0x01
KEY_REFERENCE = b"\x01"
RIGHT_CHV, WRONG_CHV, NEW_CHV = b"1234", b"0000", b"4711"
KEY = bytes(range(16))
AES = KeyType.AES.algorithm_reference
DIRECTORY, GREETING, GUARDED = "3F00/7F10", "6F01", "6F06"
GLOBAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an interface, and what it took at the card.

    Attributes:
        code: the call as a program writes it.
        result: what came back, in words.
        refused: whether that was a refusal.
        entries: the APDUs, in words.
    """

    code: str
    result: str
    refused: bool
    entries: tuple[DialogueEntry, ...]


@dataclass(slots=True)
class Scene:
    """A part of the story.

    Attributes:
        title: its heading.
        meaning: what it shows, in a sentence.
        calls: in order.
    """

    title: str
    meaning: str
    calls: list[Call] = field(default_factory=list)


class Stage:
    """Where the story plays: it makes the calls, and collects what the card was asked meanwhile.

    Args:
        dialogue: puts APDUs in words.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._overheard: list[tuple[bytes, bytes]] = []

    def overhear(self, command: bytes, response: bytes) -> None:
        """The sink of a :class:`virtual_reader.TracingICC` around the card."""
        self._overheard.append((command, response))

    def call(
        self, scene: Scene, code: str, action: Callable[[], Value], words: Callable[[Value], str] = lambda _: ""
    ) -> Value:
        """Make a call that has to succeed.

        Raises:
            HResultError: it did not.
        """
        value = action()
        scene.calls.append(Call(code, words(value), refused=False, entries=self._entries()))
        return value

    def refused(self, scene: Scene, code: str, action: Callable[[], object]) -> None:
        """Make a call that has to be refused.

        Raises:
            AssertionError: it was not: the card lets pass what it must not.
        """
        try:
            action()
        except HResultError as error:
            left = "" if error.tries_left is None else f", {error.tries_left} tries left"
            scene.calls.append(Call(code, f"{error.name}{left}", refused=True, entries=self._entries()))
        else:
            raise AssertionError(f"{code} was not refused")

    def _entries(self) -> tuple[DialogueEntry, ...]:
        entries = tuple(self._dialogue.entry(command, response) for command, response in self._overheard)
        self._overheard.clear()
        return entries


def play(stage: Stage, manager: ResourceManager, reader: str) -> Iterator[Scene]:
    """The scenes, each when its calls have been made.

    Raises:
        HResultError: the card in ``reader`` is not the built-in profile, or not fresh.
    """
    with SCardManage(manager) as manage:
        yield attaching(stage, manage, reader)
        yield files(stage, manage)
        yield chv(stage, manage)
        yield card_to_application(stage, manage)
        yield application_to_card(stage, manage)
        yield detaching(stage, manage)


def attaching(stage: Stage, manage: ISCardManage, reader: str) -> Scene:
    """Attach, and ask for the state."""
    scene = Scene("Attach", "ISCardManage finds the card by the name of its reader.")
    stage.call(scene, f'manage.AttachByIFD("{reader}")', lambda: manage.AttachByIFD(reader))
    stage.call(scene, "manage.Status()", manage.Status, lambda status: ", ".join(part.name or "" for part in status))
    return scene


def files(stage: Stage, manage: ISCardManage) -> Scene:
    """List a directory, read a file, and be refused writing it."""
    scene = Scene("Files", "ISCardFileAccess lists, opens, reads and writes. Who may do what is the file's own rule.")
    access = stage.call(scene, "files = manage.CreateFileAccess()", manage.CreateFileAccess)
    stage.call(
        scene,
        f'files.ChangeDir(SC_TYPE_BY_NAME, "{DIRECTORY}")',
        lambda: access.ChangeDir(REFTYPE.SC_TYPE_BY_NAME, DIRECTORY),
    )
    stage.call(
        scene,
        "files.Directory(SC_TYPE_ALL_FILES)",
        lambda: access.Directory(FILETYPE.SC_TYPE_ALL_FILES),
        " ".join,
    )
    greeting = stage.call(
        scene,
        f'file = files.Open(SC_TYPE_BY_ID, "{GREETING}")',
        lambda: access.Open(REFTYPE.SC_TYPE_BY_ID, GREETING),
    )
    stage.call(
        scene,
        "files.Read(file, 18)",
        lambda: access.Read(greeting, 18),
        lambda data: f'"{data.decode()}"',
    )
    stage.refused(scene, 'files.Write(file, b"...")', lambda: access.Write(greeting, b"..."))
    return scene


def chv(stage: Stage, manage: ISCardManage) -> Scene:
    """A wrong CHV, the right one, what it opens, and its change."""
    scene = Scene("Card holder", "ISCardVerify presents and changes the CHV. A wrong one costs a try; the card counts.")
    verification = stage.call(scene, "chv = manage.CreateCHVerification()", manage.CreateCHVerification)
    stage.refused(
        scene,
        "chv.Verify(wrong, SC_FL_IHV_GLOBAL, 1)",
        lambda: verification.Verify(WRONG_CHV, GLOBAL, CHV_REFERENCE),
    )
    stage.call(
        scene,
        "chv.Verify(right, SC_FL_IHV_GLOBAL, 1)",
        lambda: verification.Verify(RIGHT_CHV, GLOBAL, CHV_REFERENCE),
    )
    with manage.CreateFileAccess() as access:
        write(stage, scene, access, GREETING, b"Hello, dear holder")
    stage.call(
        scene,
        "chv.ChangeCode(right, new, SC_FL_IHV_GLOBAL, 1)",
        lambda: verification.ChangeCode(RIGHT_CHV, NEW_CHV, GLOBAL, CHV_REFERENCE),
    )
    return scene


def card_to_application(stage: Stage, manage: ISCardManage) -> Scene:
    """The card answers a challenge."""
    scene = Scene("Card to application", "ISCardAuth: the card proves that it holds the key, by answering a challenge.")
    auth = stage.call(scene, "auth = manage.CreateCardAuth()", manage.CreateCardAuth)
    challenge = secrets.token_bytes(KeyType.AES.challenge_length)
    stage.call(
        scene,
        "auth.ICC_Auth(AES, key_1, challenge)",
        lambda: auth.ICC_Auth(AES, KEY_REFERENCE, challenge),
        lambda token: "the card is genuine" if is_token_right(KeyType.AES, KEY, challenge, token) else "a forgery",
    )
    return scene


def application_to_card(stage: Stage, manage: ISCardManage) -> Scene:
    """The application answers the card's challenge, and may write what only it may."""
    scene = Scene(
        "Application to card", "The other way round: who has answered the card's challenge may write what key 1 guards."
    )
    auth = manage.CreateCardAuth()
    length = KeyType.AES.challenge_length
    challenge = stage.call(
        scene,
        f"challenge = auth.GetChallenge(0, {length})",
        lambda: auth.GetChallenge(0, length),
        lambda data: f"{len(data)} bytes",
    )
    token = authentication_token(KeyType.AES, KEY, challenge)
    stage.call(scene, "auth.APP_Auth(AES, key_1, token)", lambda: auth.APP_Auth(AES, KEY_REFERENCE, token))
    with manage.CreateFileAccess() as access:
        write(stage, scene, access, GUARDED, b"It was me.")
    return scene


def detaching(stage: Stage, manage: ISCardManage) -> Scene:
    """Let go."""
    scene = Scene("Detach", "The card forgets what was verified; what was written stays.")
    stage.call(scene, "manage.Detach()", manage.Detach)
    return scene


def write(stage: Stage, scene: Scene, access: ISCardFileAccess, file: str, data: bytes) -> None:
    """Open a file of the directory and write at its beginning."""
    opened = stage.call(
        scene,
        f'file = files.Open(SC_TYPE_BY_NAME, "{DIRECTORY}/{file}")',
        lambda: access.Open(REFTYPE.SC_TYPE_BY_NAME, f"{DIRECTORY}/{file}"),
    )
    stage.call(scene, f'files.Write(file, b"{data.decode()}")', lambda: access.Write(opened, data))
