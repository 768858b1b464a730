"""What the owner of a private daemon asks for, as arguments of a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a supervisor needs to know.

    Attributes:
        owner: the owner's process id.
        isolated: whether to enter a network namespace.
        base: the folder to make the daemon's directory in.
        directory: the directory's path where it must be a certain one, else ``""``.
        slots: the number of slots, even.
        name: FRIENDLYNAME in reader.conf.
        driver: the path of libifdvpcd.so.
        command: pcscd and its arguments, less ``--config``.
    """

    owner: int
    isolated: bool
    base: str
    directory: str
    slots: int
    name: str
    driver: str
    command: tuple[str, ...]

    def to_arguments(self) -> list[str]:
        """The settings as strings."""
        numbers = [str(self.owner), str(int(self.isolated)), str(self.slots)]
        return [*numbers, self.base, self.directory, self.name, self.driver, *self.command]

    @classmethod
    def from_arguments(cls, arguments: Sequence[str]) -> Settings:
        """What :meth:`to_arguments` gave."""
        owner, isolated, slots, base, directory, name, driver, *command = arguments
        return cls(int(owner), isolated == "1", base, directory, int(slots), name, driver, tuple(command))
