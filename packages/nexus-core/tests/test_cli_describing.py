"""``nexus schema`` and ``nexus prompt``."""

import json
from typing import get_args

import pytest

from nexus_core.cli import GOOD, USAGE, main
from nexus_protocol.json_schema import Topic, schema
from nexus_protocol.prompt import catalogue_prompt

pytestmark = pytest.mark.requirement("ker.cli")


@pytest.mark.parametrize("topic", get_args(Topic))
def test_schema_prints_the_schema_of_a_topic(capsys, topic):
    assert main(["schema", topic]) == GOOD
    assert json.loads(capsys.readouterr().out) == schema(topic)


def test_schema_prints_all_of_them_when_none_is_named(capsys):
    assert main(["schema"]) == GOOD
    assert json.loads(capsys.readouterr().out) == schema("all")


def test_a_schema_that_does_not_exist_is_a_wrong_call(capsys):
    assert main(["schema", "panel"]) == USAGE
    shown = capsys.readouterr()
    there = "ast, messages, stream, catalogue, edits, all"
    assert (shown.out, shown.err) == ("", f"nexus: there is no schema 'panel'; there are {there}\n")


def test_prompt_prints_the_catalogue_prompt(capsys):
    assert main(["prompt"]) == GOOD
    assert capsys.readouterr().out == catalogue_prompt()
