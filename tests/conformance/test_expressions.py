"""The parser and QuickJS give what the vectors of expressions say; vitest runs the same files."""

import json
from collections import defaultdict

import pytest
from conformance.engines import TREES, QuickJS, told, tree_of, trees_text, vectors

VECTORS = vectors()
EVALUATED = [vector for vector in VECTORS if "refused" not in vector]
REFUSED = [vector for vector in VECTORS if "refused" in vector]

pytestmark = pytest.mark.requirement("lang.expressions")


def each(of):
    return pytest.mark.parametrize("vector", of, ids=[vector["id"] for vector in of])


@pytest.fixture(scope="module")
def outcomes():
    """What QuickJS gives for each vector, by its id: those with one state at a time."""
    groups = defaultdict(list)
    for vector in EVALUATED:
        groups[json.dumps(vector.get("state", {}))].append(vector)
    found = {}
    with QuickJS() as engine:
        for state, group in groups.items():
            expressions = [vector["expression"] for vector in group]
            outcomes = engine.outcomes(expressions, json.loads(state))
            found |= {v["id"]: outcome for v, outcome in zip(group, outcomes, strict=True)}
    return found


@each(EVALUATED)
def test_the_server_gives_what_the_vector_says(vector, outcomes):
    outcome = outcomes[vector["id"]]

    wanted = {"error": True} if "error" in vector else {"value": vector["value"]}
    assert told(outcome) == wanted, outcome


@each(REFUSED)
def test_the_parser_refuses_what_the_vector_says(vector):
    tree, codes = tree_of(vector["expression"])

    assert (tree, codes[0]) == (None, vector["refused"])


def test_the_trees_that_the_renderer_is_tested_with_are_those_of_the_parser():
    assert TREES.read_text() == trees_text(), "run python tests/conformance/engines.py"


def test_every_vector_has_an_id_of_its_own():
    ids = [vector["id"] for vector in VECTORS]

    assert len(ids) == len(set(ids)) >= 400


def test_every_vector_expects_one_thing():
    odd = [v["id"] for v in VECTORS if len(v.keys() & {"value", "error", "refused"}) != 1]

    assert odd == []
