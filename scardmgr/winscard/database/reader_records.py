"""Readers and reader groups in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database import readers as rows
from scardmgr.winscard.database.layers import Layered
from scardmgr.winscard.database.names import (
    ALL_READERS,
    DEFAULT_READERS,
    LOCAL_READERS,
    SYSTEM_READERS,
    checked,
    key_of,
)
from scardmgr.winscard.database.schema import DatabaseScope
from scardmgr.winscard.errors import SCardError

_DEFAULT: Final = key_of(DEFAULT_READERS)
_ALL: Final = key_of(ALL_READERS)
#: Names that can be listed by, and that no reader is put into.
_MANAGED: Final = frozenset((_ALL, key_of(LOCAL_READERS), key_of(SYSTEM_READERS)))


class ReaderRecords(Layered):
    """Display names of readers, and groups. ``attached`` are the system names of the readers that are there now."""

    # Names

    def listed(
        self, attached: Sequence[str], groups: Iterable[str] = (), *, scope: DatabaseScope = DatabaseScope.USER
    ) -> list[str]:
        """Display names for attached readers: their own, then those introduced.

        Args:
            attached: the readers that are there.
            groups: only readers in one of these; unknown ones are ignored. None at all: every reader.
            scope: who asks.

        Raises:
            DatabaseFault: the database cannot be used.
        """
        introduced = self._visible(scope, rows.read_readers)
        wanted = {key_of(group) for group in groups if group}
        if not introduced and not wanted:
            return list(attached)
        there = {key_of(name) for name in attached}
        names = [
            *attached,
            *(
                reader.name
                for key, reader in introduced.items()
                if key not in there and reader.device is not None and key_of(reader.device) in there
            ),
        ]
        if not wanted or _ALL in wanted:
            return names
        memberships = self._visible(scope, rows.read_memberships)
        return [name for name in names if any(_is_in(memberships, group, key_of(name)) for group in wanted)]

    def device_of(self, name: str, *, scope: DatabaseScope = DatabaseScope.USER) -> str | None:
        """The system name of the device that a display name was introduced for, if it was.

        Raises:
            DatabaseFault: the database cannot be used.
        """
        reader = self._visible(scope, rows.read_readers).get(key_of(name))
        return None if reader is None else reader.device

    def introduce_reader(
        self, name: str, device: str, attached: Sequence[str], *, scope: DatabaseScope = DatabaseScope.USER
    ) -> None:
        """Give a device another display name. The device need not be attached.

        Raises:
            SCardError: SCARD_E_INVALID_VALUE: what can be no name.
                SCARD_E_DUPLICATE_READER: a reader of that name is introduced or attached.
            DatabaseFault: the database cannot be used.
        """
        key = key_of(checked(name))
        checked(device)
        below = self._below(scope, rows.read_readers)
        if key in {key_of(reader) for reader in attached}:
            raise SCardError(SCardCode.SCARD_E_DUPLICATE_READER)
        with self._store(scope).writing() as connection:
            found = rows.read_readers(connection, scope).get(key, below.get(key))
            if found is not None and found.device is not None:
                raise SCardError(SCardCode.SCARD_E_DUPLICATE_READER)
            rows.insert_reader(connection, scope, name, device)

    def forget_reader(self, name: str, attached: Sequence[str], *, scope: DatabaseScope = DatabaseScope.USER) -> None:
        """Take a display name out of the database and out of every group.

        An attached reader keeps its own name, which the system introduces; it leaves its groups.

        Raises:
            SCardError: SCARD_E_UNKNOWN_READER: no such reader is introduced or attached.
            DatabaseFault: the database cannot be used.
        """
        key = key_of(name)
        self._check_reader(name, attached, scope)
        below = self._below(scope, rows.read_readers).get(key)
        memberships = self._below(scope, rows.read_memberships)
        with self._store(scope).writing() as connection:
            if below is None or below.device is None:
                rows.remove_reader(connection, scope, name)
            else:
                rows.insert_reader(connection, scope, name, None)
            for group_key, reader_key in rows.read_memberships(connection, scope):
                if reader_key == key:
                    rows.remove_membership(connection, scope, group_key, key)
            for (group_key, reader_key), membership in memberships.items():
                if reader_key == key and membership.member != (group_key == _DEFAULT):
                    rows.insert_membership(connection, scope, membership.group, key, member=group_key == _DEFAULT)

    # Groups

    def groups(self, *, scope: DatabaseScope = DatabaseScope.USER) -> list[str]:
        """The default group, and every other that has a reader, in the order they came.

        Raises:
            DatabaseFault: the database cannot be used.
        """
        found = {_DEFAULT: DEFAULT_READERS}
        for (group_key, _), membership in self._visible(scope, rows.read_memberships).items():
            if membership.member:
                found.setdefault(group_key, membership.group)
        return list(found.values())

    def introduce_group(self, group: str) -> None:
        """Look whether there can be a group of that name. It comes into being with its first reader.

        Raises:
            SCardError: SCARD_E_INVALID_VALUE: what can be no name, or a name that the system keeps for itself.
        """
        _changeable(group)

    def add_to_group(
        self, reader: str, group: str, attached: Sequence[str], *, scope: DatabaseScope = DatabaseScope.USER
    ) -> None:
        """Put a reader into a group, which is made where there is none.

        Raises:
            SCardError: SCARD_E_INVALID_VALUE: as for :meth:`introduce_group`.
                SCARD_E_UNKNOWN_READER: no such reader is introduced or attached.
            DatabaseFault: the database cannot be used.
        """
        _changeable(group)
        self._check_reader(reader, attached, scope)
        with self._store(scope).writing() as connection:
            rows.insert_membership(connection, scope, group, key_of(reader), member=True)

    def remove_from_group(
        self, reader: str, group: str, attached: Sequence[str], *, scope: DatabaseScope = DatabaseScope.USER
    ) -> None:
        """Take a reader out of a group, which goes with its last reader. One that is not in it stays out.

        Raises:
            SCardError: SCARD_E_INVALID_VALUE: as for :meth:`introduce_group`.
                SCARD_E_UNKNOWN_READER: no such reader is introduced or attached.
            DatabaseFault: the database cannot be used.
        """
        key = _changeable(group)
        self._check_reader(reader, attached, scope)
        if not _is_in(self._visible(scope, rows.read_memberships), key, key_of(reader)):
            return
        below = self._below(scope, rows.read_memberships)
        with self._store(scope).writing() as connection:
            if _is_in(below, key, key_of(reader)):
                rows.insert_membership(connection, scope, group, key_of(reader), member=False)
            else:
                rows.remove_membership(connection, scope, group, key_of(reader))

    def forget_group(self, group: str, *, scope: DatabaseScope = DatabaseScope.USER) -> None:
        """Take every reader out of a group, and so the group away. One that is not there stays away.

        Raises:
            SCardError: SCARD_E_INVALID_VALUE: what can be no name, or a group of the system's.
            DatabaseFault: the database cannot be used.
        """
        key = _changeable(group)
        if key == _DEFAULT:
            raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
        if not any(
            membership.member and group_key == key
            for (group_key, _), membership in self._visible(scope, rows.read_memberships).items()
        ):
            return
        below = self._below(scope, rows.read_memberships)
        with self._store(scope).writing() as connection:
            for group_key, reader_key in rows.read_memberships(connection, scope):
                if group_key == key:
                    rows.remove_membership(connection, scope, group, reader_key)
            for (group_key, reader_key), membership in below.items():
                if group_key == key and membership.member:
                    rows.insert_membership(connection, scope, group, reader_key, member=False)

    def _check_reader(self, name: str, attached: Sequence[str], scope: DatabaseScope) -> None:
        if key_of(name) in {key_of(reader) for reader in attached}:
            return
        if self.device_of(name, scope=scope) is None:
            raise SCardError(SCardCode.SCARD_E_UNKNOWN_READER)


def _is_in(memberships: dict[tuple[str, str], rows.Membership], group_key: str, reader_key: str) -> bool:
    membership = memberships.get((group_key, reader_key))
    return group_key == _DEFAULT if membership is None else membership.member


def _changeable(group: str) -> str:
    """The key of a group that readers can be put into."""
    key = key_of(checked(group))
    if key in _MANAGED:
        raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
    return key
