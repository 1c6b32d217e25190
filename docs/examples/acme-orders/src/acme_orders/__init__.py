"""``acme.orders``: panels read and cancel the orders of Acme's own service."""

from typing import Annotated, ClassVar

import httpx
from pydantic import Field

from nexus_core.extensions import CallContext, Extension, ExtensionError, Quota, method
from nexus_protocol import ErrorCode, Json, Model

OrderId = Annotated[str, Field(pattern=r"^[A-Z]{2}-[0-9]{1,8}$")]


class Order(Model):
    """One order."""

    id: OrderId
    customer: str
    total: str
    is_open: bool


class OrdersExtension(Extension):
    """``acme.orders``: the orders of Acme's own service."""

    name: ClassVar[str] = "acme.orders"
    quota: ClassVar[Quota] = Quota(concurrent=8, concurrent_per_panel=2, rate_per_panel=10)

    def __init__(self, url: str, token: str = "") -> None:
        """Take the operator's options; what is wrong with them is raised here."""
        self._url = url
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, trust_env=False)

    def scopes(self) -> dict[str, Json]:
        """Return what is opened, for the operator to read: no secrets."""
        return {"service": self._url}

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @method(timeout=5, idempotent=True)
    async def find(self, context: CallContext, order_id: OrderId) -> Order | None:
        """Return an order, or null when there is none of that number."""
        response = await self._ask("GET", f"/orders/{order_id}")
        return None if response.status_code == 404 else Order.model_validate_json(response.content)

    @method(timeout=10)
    async def cancel(self, context: CallContext, order_id: OrderId, reason: str = "") -> Order:
        """Cancel an open order."""
        about: Json = {"reason": reason, "by": context.user or context.panel_id}
        response = await self._ask("POST", f"/orders/{order_id}/cancel", about)
        if response.status_code == 409:
            raise ExtensionError(ErrorCode.CONFLICT, f"the order {order_id} is not open any more")
        return Order.model_validate_json(response.content)

    async def _ask(self, verb: str, path: str, body: Json = None) -> httpx.Response:
        try:
            response = await self._client.request(verb, path, json=body)
        except httpx.TransportError:
            raise ExtensionError(ErrorCode.UNAVAILABLE, "the orders cannot be reached") from None
        if response.status_code >= 500:
            raise ExtensionError(ErrorCode.UNAVAILABLE, "the orders do not answer")
        return response
