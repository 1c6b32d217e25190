"""``nexus schema`` and ``prompt``: what describes NXML to programs and to language models."""

import argparse
from typing import cast, get_args

from nexus_core.cli.terminal import GOOD, Subparsers, UsageError, print_json


def register(commands: Subparsers) -> None:
    """Add ``schema`` and ``prompt``."""
    schema = commands.add_parser("schema", help="print the JSON Schema of what crosses boundaries")
    schema.add_argument(
        "topic",
        nargs="?",
        default="all",
        metavar="TOPIC",
        help="ast, messages, catalogue, edits or all (all)",
    )
    schema.set_defaults(func=_schema)

    prompt = commands.add_parser("prompt", help="print what teaches a language model to write NXML")
    prompt.set_defaults(func=_prompt)


def _schema(given: argparse.Namespace) -> int:
    # Loaded here, for no other command needs the schemas of all messages.
    from nexus_protocol.json_schema import Topic, schema

    topics = get_args(Topic)
    if given.topic not in topics:
        raise UsageError(f"there is no schema {given.topic!r}; there are {', '.join(topics)}")
    print_json(schema(cast("Topic", given.topic)))
    return GOOD


def _prompt(_: argparse.Namespace) -> int:
    from nexus_protocol.prompt import catalogue_prompt

    print(catalogue_prompt(), end="")
    return GOOD
