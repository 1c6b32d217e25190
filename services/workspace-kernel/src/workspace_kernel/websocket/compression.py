"""Which messages go out compressed: long ones, each once for all who get it one after the other.

The extension permessage-deflate is the library's. Every message stands for itself in both
directions, so that a connection keeps no memory for it and one message's bytes are the same for
all. What comes in compressed is bounded by what it becomes.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame, Opcode
from websockets.typing import ExtensionParameter

LEAST_BYTES: Final = 1400
"""Shorter ones fit into a packet as they are, and would not be there sooner."""
MOST_BYTES: Final = 1 << 20
"""Longer ones would keep everybody else waiting for milliseconds."""

_FASTEST: Final = {"level": 1}
"""A panel becomes a tenth with it; the best would take three times as long for a sixth less."""


class LongMessages(PerMessageDeflate):
    """Compresses messages that are worth it, and reads whatever the other side compressed."""

    def encode(self, frame: Frame) -> Frame:
        """Return a frame as it goes out."""
        is_whole = frame.fin and frame.opcode in (Opcode.TEXT, Opcode.BINARY)
        if not is_whole or not LEAST_BYTES <= len(frame.data) <= MOST_BYTES:
            return frame
        return _deflated(frame.opcode, bytes(frame.data), self.local_max_window_bits)


class CompressionOffer(ServerPerMessageDeflateFactory):
    """Agrees to compression that keeps nothing between messages."""

    def __init__(self) -> None:
        super().__init__(server_no_context_takeover=True, client_no_context_takeover=True)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], LongMessages]:
        """Answer what a client offers."""
        answer, agreed = super().process_request_params(params, accepted_extensions)
        return answer, LongMessages(
            agreed.remote_no_context_takeover,
            agreed.local_no_context_takeover,
            agreed.remote_max_window_bits,
            agreed.local_max_window_bits,
        )


@lru_cache(maxsize=4)
def _deflated(opcode: Opcode, data: bytes, window_bits: int) -> Frame:
    alone = PerMessageDeflate(True, True, 15, window_bits, _FASTEST)
    return alone.encode(Frame(opcode, data))


__all__ = ["LEAST_BYTES", "CompressionOffer", "LongMessages"]
