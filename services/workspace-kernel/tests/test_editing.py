"""Sources as an editor needs them: laid out, read by node, changed by node."""

import pytest

pytestmark = pytest.mark.requirement("ker.rest")

SOURCE = """<NexusPanel title="Door">
  <View>
    <!-- said twice -->
    <Layout>
      <Text content="Hello"/>
      <Text content="Bye"/>
    </Layout>
  </View>
</NexusPanel>
"""
FIRST = "Layout/Text[0]"


@pytest.fixture
def panel(http, panels):
    """The address of a panel with that source."""
    made = http.post(panels, json={"source": SOURCE})
    yield made.headers["location"]
    http.delete(made.headers["location"])


def error(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def setting(http, panel: str, content: str | None, address: str = FIRST) -> dict[str, object]:
    """Return a batch that sets the content of a text as it is now."""
    node = http.get(f"{panel}/node", params={"address": address}).json()
    value = None if content is None else {"value": {"kind": "written", "text": content}}
    return {"operations": [{"type": "Set", **node, "name": "content", **(value or {})}]}


def test_a_source_is_laid_out_and_a_laid_out_one_stays(http):
    laid = http.post("/api/format", json={"source": SOURCE.replace("  ", "\t")}).json()["source"]
    assert laid == SOURCE
    assert http.post("/api/format", json={"source": laid}).json() == {"source": laid}


def test_a_source_that_cannot_be_read_is_not_laid_out(http):
    assert error(http.post("/api/format", json={"source": "<Nexus"})) == (422, "INVALID_PANEL")


def test_an_attribute_is_set_in_place_and_all_other_text_stays(http, panel):
    answer = http.post(f"{panel}/edits", json=setting(http, panel, "{1 + 1}"))
    assert answer.status_code == 200
    now = http.get(panel).json()
    assert now["source"] == SOURCE.replace('"Hello"', '"{1 + 1}"')
    assert answer.headers["etag"] == f'"{now["sourceHash"]}"'


def test_a_node_that_changed_meanwhile_is_a_conflict_that_says_so(http, panel):
    batch = setting(http, panel, "Mine")
    http.post(f"{panel}/edits", json=setting(http, panel, "Theirs"))
    refused = http.post(f"{panel}/edits", json=batch)
    assert error(refused) == (409, "CONFLICT")
    conflict = refused.json()["error"]["details"]["conflicts"][0]
    assert (conflict["code"], conflict["address"]) == ("HASH_DIFFERS", FIRST)


def test_another_node_that_changed_meanwhile_is_none(http, panel):
    batch = setting(http, panel, "Mine")
    http.post(f"{panel}/edits", json=setting(http, panel, "Theirs", "Layout/Text[1]"))
    assert http.post(f"{panel}/edits", json=batch).status_code == 200


def test_an_edit_of_another_source_is_refused_when_it_names_one(http, panel):
    headers = {"if-match": f'"{"0" * 64}"'}
    refused = http.post(f"{panel}/edits", json=setting(http, panel, "Mine"), headers=headers)
    assert error(refused) == (412, "PRECONDITION_FAILED")


def test_what_an_edit_would_come_to_is_told_with_what_is_wrong_in_it_and_nothing_is_stored(
    http, panel
):
    batch = setting(http, panel, "{$state.nothing}")
    answer = http.post(f"{panel}/edits/check", json=batch).json()
    assert answer["source"] == SOURCE.replace('"Hello"', '"{$state.nothing}"')
    assert [each["severity"] for each in answer["diagnostics"]] == ["error"]
    assert http.get(panel).json()["source"] == SOURCE


def test_what_cannot_be_applied_is_not_checked_either(http, panel):
    batch = setting(http, panel, "Mine")
    http.post(f"{panel}/edits", json=setting(http, panel, "Theirs"))
    assert error(http.post(f"{panel}/edits/check", json=batch)) == (409, "CONFLICT")


def test_an_edit_that_would_break_the_panel_changes_nothing(http, panel):
    refused = http.post(f"{panel}/edits", json=setting(http, panel, "{$state.nothing}"))
    assert error(refused) == (409, "CONFLICT")
    assert http.get(panel).json()["source"] == SOURCE


def test_a_node_that_is_not_there_is_not_found(http, panel):
    missing = http.get(f"{panel}/node", params={"address": "Layout/Text[9]"})
    assert error(missing) == (404, "NOT_FOUND")
    assert error(http.get(f"{panel}/node")) == (400, "BAD_REQUEST")
