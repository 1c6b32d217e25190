"""The OpenAPI document is complete, sound, and what is served."""

import re

import pytest

from workspace_kernel.app import OPERATIONS


@pytest.fixture(scope="module")
def document(kernel):
    """The document as it is served."""
    import httpx

    return httpx.get(f"{kernel.address}/api/openapi.json", trust_env=False).json()


def references(value: object) -> set[str]:
    match value:
        case dict():
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*(references(each) for each in value.values()))
        case list():
            return set().union(*(references(each) for each in value))
        case _:
            return set()


@pytest.mark.requirement("ker.rest")
def test_every_operation_that_is_served_is_described(document):
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == {(each.method, each.path) for each in OPERATIONS}


def test_every_reference_leads_somewhere(document):
    schemas = document["components"]["schemas"]
    assert {name.removeprefix("#/components/schemas/") for name in references(document)} <= set(
        schemas
    )


def test_every_parameter_of_a_path_is_described(document):
    for path, methods in document["paths"].items():
        for operation in methods.values():
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_operations_are_told_apart_by_name():
    names = [each.name for each in OPERATIONS]
    assert len(names) == len(set(names))


def test_every_operation_says_what_a_failure_looks_like(document):
    failure = {"$ref": "#/components/schemas/FailureBody"}
    for methods in document["paths"].values():
        for operation in methods.values():
            refused = {
                status: answer["content"]["application/json"]["schema"]
                for status, answer in operation["responses"].items()
                if status >= "400"
            }
            assert set(refused) >= {"403", "500"}
            assert all(schema == failure for schema in refused.values())


def test_the_document_is_a_page_to_read_that_needs_nothing_from_elsewhere(http, document):
    page = http.get("/api/reference")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    assert " style=" not in page.text
    addresses = set(re.findall(r'(?:href|src)="([^#"]+)"', page.text))
    assert addresses == {"/api/reference.css", "/api/openapi.json"}
    assert http.get("/api/reference.css").headers["content-type"].startswith("text/css")
    for each in OPERATIONS:
        assert f'id="{each.name}"' in page.text
    anchors = set(re.findall(r'href="#([^"]+)"', page.text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page.text))
    assert set(document["components"]["schemas"]) <= {
        each.removeprefix("model-") for each in re.findall(r'id="([^"]+)"', page.text)
    }


def test_every_list_is_read_in_pages():
    lists = [each for each in OPERATIONS if each.name.startswith("list") or each.name == "readLog"]
    assert [each.name for each in lists if not each.paged] == []
    for each in lists:
        assert set(each.answers[200].model_fields) == {"items", "next_cursor"}
