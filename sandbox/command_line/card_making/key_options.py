"""The options of one key: its slot, and where key and certificate come from. Each ``--slot`` begins another key."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """What the options say of one key; ``None``: not given.

    Attributes:
        slot: the name of its slot.
        cert: the file of the certificate.
        key: the file of the private key.
        p12: a PKCS #12 file with both.
        generate: the kind of a new key.
        subject: of a certificate that the key is to sign for itself.
        days: for which that is valid.
        passphrase_file: that with the passphrase of the key's.
    """

    slot: str | None = None
    cert: str | None = None
    key: str | None = None
    p12: str | None = None
    generate: str | None = None
    subject: str | None = None
    days: int | None = None
    passphrase_file: str | None = None

    def __post_init__(self) -> None:
        """Raises click.UsageError for options that do not go together."""
        sources = [name for name in ("key", "p12", "generate") if getattr(self, name) is not None]
        if len(sources) != 1:
            given = " and ".join(f"--{name}" for name in sources) or "none of them"
            raise click.UsageError(
                f"{self._place}give one of --key FILE, --p12 FILE and --generate KIND for each key: there is {given}"
            )
        if self.cert is not None and self.key is None:
            raise click.UsageError(f"{self._place}--cert goes with the --key that the certificate is of")
        signs = self.generate is not None or (self.key is not None and self.cert is None)
        if self.subject is not None and not signs:
            raise click.UsageError(f"{self._place}--subject is for a certificate that is made here: there is one")
        if self.days is not None and not (signs and (self.subject is not None or self.generate is not None)):
            raise click.UsageError(f"{self._place}--days is for a certificate that is made here")
        if self.passphrase_file is not None and self.generate is not None:
            raise click.UsageError(f"{self._place}--passphrase-file is for a --key or --p12 file")

    @property
    def _place(self) -> str:
        return "" if self.slot is None else f"--slot {self.slot}: "


_NAMES = tuple(field.name for field in fields(KeyOptions))


class KeysCommand(click.Command):
    """A command with the options of keys, which reach it together: as ``keys``, a tuple of :class:`KeyOptions`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, then put together what belongs together by the order of the options."""
        given = list(args)
        rest = super().parse_args(ctx, args)
        _, _, order = self.make_parser(ctx).parse_args(given)
        values = {name: iter(ctx.params.pop(name)) for name in _NAMES}
        options = [(each.name, next(values[each.name])) for each in order if each.name in values]
        try:
            ctx.params["keys"] = tuple(KeyOptions(**group) for group in _groups(options))
        except click.UsageError as error:
            error.ctx = ctx
            raise
        return rest


def _groups(options: Sequence[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    """The options of each key, by their names. Raises click.UsageError where they cannot be told apart."""
    names = [name for name, _ in options]
    if len(set(names)) == len(names):
        # One key: its options in any order.
        if options:
            yield dict(options)
        return
    if names[0] != "slot":
        raise click.UsageError("of several keys each begins with its --slot")
    group: dict[str, Any] = {}
    for name, value in options:
        if name == "slot":
            if group:
                yield group
            group = {}
        if name in group:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"--slot {group['slot']}: there is {option} twice; each --slot begins another key")
        group[name] = value
    yield group
