"""docs/WIRE.md says what is served."""

import re
from pathlib import Path

import pytest

from nexus_protocol.json_schema import schema
from workspace_kernel.websocket import admission, codecs, connections, dispatch, presence, protocol

PAGE = (Path(__file__).parents[2] / "docs" / "WIRE.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.requirement("doc.all")


def types(union: str) -> set[str]:
    document = schema("messages")["$defs"]
    names = [each["$ref"].rpartition("/")[2] for each in document[union]["oneOf"]]
    return {document[name]["properties"]["type"]["const"] for name in names}


def test_every_message_has_a_row_in_the_table_of_its_side():
    client, server = PAGE.split("| from the kernel | |")
    rows = [set(re.findall(r"^\| `([A-Z]+)` \|", part, re.MULTILINE)) for part in (client, server)]
    assert rows == [types("ClientMessage"), types("ServerMessage")]


@pytest.mark.parametrize(
    "said",
    [
        f"{codecs.MAX_MEMBERS:,} members",
        f"| fragments of a message | {protocol.MAX_FRAGMENTS:,} |",
        f"| sockets that have not said who they are | {admission.MAX_WAITING} |",
        f"| time to say so | {admission.AUTH_SECONDS} s |",
        f"{connections.QUEUE_CHARACTERS >> 20} Mi characters",
        f"| {presence.MAX_PEOPLE}, {presence.MAX_PANELS} | counted only |",
        f"told every {presence.COALESCE_SECONDS} s",
        f"| missed patches that are sent again | {dispatch.REPLAY_LIMIT} |",
        f"| {protocol.MAX_UNREAD_BYTES >> 20} MiB | cut |",
        f"| {protocol.CLOSE_SECONDS:g} s | cut |",
    ],
)
def test_a_bound_is_the_one_that_holds(said):
    assert said in PAGE
