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
        name: FRIENDLYNAME of the first pair of slots.
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

    @property
    def names(self) -> list[str]:
        """FRIENDLYNAME of each pair of slots; pcscd numbers slots, but not the readers of such drivers."""
        return [self.name, *(f"{self.name} {pair}" for pair in range(2, self.slots // 2 + 1))]

    @classmethod
    def from_arguments(cls, arguments: Sequence[str]) -> Settings:
        """What :meth:`to_arguments` gave."""
        owner, isolated, slots, base, directory, name, driver, *command = arguments
        return cls(int(owner), isolated == "1", base, directory, int(slots), name, driver, tuple(command))
