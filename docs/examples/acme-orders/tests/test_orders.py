"""The extension against a service on loopback, alone and in a panel."""

import asyncio
import json

import pytest
from acme_orders import OrdersExtension

from nexus_core import Panel
from nexus_core.testing import HttpRequest, Internet, check_extension

ORDER = {"id": "EU-1", "customer": "Ann", "total": "9.50", "isOpen": True}
PANEL = """
<NexusPanel title="Orders">
  <Data><State name="order" type="object" default="{}"/></Data>
  <Logic>
    <Extension name="acme.orders"/>
    <Tool name="cancel">
      <Arg name="id" type="string" required="true"/>
      <Handler>
        try { $state.order = await $ext.orders.cancel($args.id, "by phone"); }
        catch (error) { return error.code; }
      </Handler>
    </Tool>
  </Logic>
  <View><Layout><Button label="Cancel" trigger="cancel" args="{ id: 'EU-1' }"/></Layout></View>
</NexusPanel>
"""


async def service(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
    """Answer as the real service does, for the order EU-1."""
    verb, path, _ = request.line.split()
    known = {
        "GET /orders/EU-1": (200, ORDER),
        "POST /orders/EU-1/cancel": (200, {**ORDER, "isOpen": False}),
        "POST /orders/EU-2/cancel": (409, None),
    }
    status, answer = known.get(f"{verb} {path}", (404, None))
    body = json.dumps(answer).encode()
    writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)


@pytest.fixture
async def orders():
    async with Internet(service, {}) as internet:
        extension = OrdersExtension(f"http://127.0.0.1:{internet.port}")
        yield extension
        await extension.close()


async def test_it_keeps_the_contract(orders):
    await check_extension(orders, {"find": ["EU-1"], "cancel": ["EU-1", "by phone"]})


async def test_a_panel_cancels_an_order(orders):
    async with Panel.open(PANEL, extensions=[orders]) as panel:
        await panel.call("cancel", {"id": "EU-1"})
        assert panel.state["order"] == {**ORDER, "isOpen": False}


@pytest.mark.parametrize(
    ("order_id", "code"), [("EU-2", "CONFLICT"), ("../admin", "INVALID_ARGUMENTS")]
)
async def test_a_handler_catches_what_goes_wrong(orders, order_id, code):
    async with Panel.open(PANEL, extensions=[orders]) as panel:
        assert (await panel.call("cancel", {"id": order_id})).value == code
