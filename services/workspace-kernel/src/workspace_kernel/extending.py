"""The extensions of a kernel: the built-in ones as the settings say, and what they enable.

What an extension does is its own business; so is what may be reached, once it is told here.
"""

from nexus_core.extensions import (
    ExtensionDescription,
    HttpExtension,
    KeyValueStore,
    KvExtension,
    KvLimits,
    MemoryStore,
    Registry,
    SqlExtension,
    TimerExtension,
    offers,
)
from nexus_protocol import Model
from nexus_protocol.strict_json import encode
from workspace_kernel.settings import Settings


def connect_extensions(settings: Settings, store: KeyValueStore) -> Registry:
    """Return what panels may reach; values are kept in ``store``."""
    own = settings.address
    limits = KvLimits(settings.kv_value_bytes, settings.kv_keys, settings.kv_total_bytes)
    built_in = (
        HttpExtension(allow=[f"{own}/health", *settings.http_allow], base_url=own),
        KvExtension(store, limits=limits, scopes=settings.kv_scopes),
        SqlExtension(settings.sql),
        TimerExtension(),
    )
    return Registry.discover(built_in, settings.extensions, quotas=settings.quotas)


class Idle(Model):
    """An extension that is installed and not enabled."""

    name: str
    package: str


class Missing(Model):
    """An extension that is enabled and cannot be had."""

    name: str
    message: str


class Survey(Model):
    """What panels of a kernel may reach, and what they could."""

    extensions: tuple[ExtensionDescription, ...]
    idle: tuple[Idle, ...]
    problems: tuple[Missing, ...]

    def to_text(self) -> str:
        """Print it for people."""
        lines: list[str] = []
        for each in self.extensions:
            lines += [f"{each.name}  {each.doc.partition(chr(10))[0]}"]
            for method in each.methods:
                names = ", ".join(p.name + ("" if p.required else "?") for p in method.parameters)
                lines += [f"  {method.name}({names})  {method.summary}"]
            lines += [f"  open: {encode(each.scopes)}"] if each.scopes else []
        lines += [f"{each.name}  installed by {each.package}, not enabled" for each in self.idle]
        return "\n".join(lines)


def survey(settings: Settings) -> Survey:
    """Describe what a kernel with these settings would connect; nothing is served or stored."""
    registry = connect_extensions(settings, MemoryStore())
    return Survey(
        extensions=registry.describe(),
        idle=tuple(
            Idle(name=offer.name, package=offer.package)
            for offer in offers()
            if offer.name not in settings.extensions
        ),
        problems=tuple(
            Missing(name=problem.name, message=problem.message) for problem in registry.problems
        ),
    )


__all__ = ["Idle", "Missing", "Survey", "connect_extensions", "survey"]
