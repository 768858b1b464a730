"""What a system offers to wait at a socket, for a card and for its end."""

from __future__ import annotations

import select
import selectors
from typing import Final

# Needs no descriptor of its own, as the default one does, and takes descriptors of any number, where it is to be had.
Selector: Final = getattr(selectors, "PollSelector", selectors.SelectSelector)

CAN_POLL: Final = hasattr(select, "poll")
ENDED: Final[int] = getattr(select, "POLLRDHUP", 0)
"""To be polled for: the other end sends no more. 0 where it is unknown: the end of both directions is told always."""
