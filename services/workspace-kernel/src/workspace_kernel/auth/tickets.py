"""Tickets that open one WebSocket: used once, within half a minute, by whoever asked for them."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from workspace_kernel.auth.principals import Principal
from workspace_kernel.auth.tokens import Kind, new_token

SECONDS: Final = 30
MAX_TICKETS: Final = 10_000


class Tickets:
    """The tickets that were given out; a restart forgets them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tickets: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    def issue(self, principal: Principal) -> str:
        """Return a ticket for somebody."""
        self._forget_old()
        ticket = new_token(Kind.TICKET)
        self._tickets[ticket] = self._clock() + SECONDS, principal
        return ticket

    def redeem(self, ticket: str) -> Principal | None:
        """Return whose ticket it is, once."""
        until, principal = self._tickets.pop(ticket, (0.0, None))
        return principal if until > self._clock() else None

    def _forget_old(self) -> None:
        """Drop what expired; tickets stand in the order in which they do."""
        while self._tickets:
            until, _ = next(iter(self._tickets.values()))
            if until > self._clock() and len(self._tickets) < MAX_TICKETS:
                return
            self._tickets.popitem(last=False)


__all__ = ["SECONDS", "Tickets"]
