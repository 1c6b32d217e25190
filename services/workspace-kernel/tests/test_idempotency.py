"""What is made under an Idempotency-Key is made once, however often it is asked for."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from pydantic import SecretStr

from workspace_kernel.db import answers
from workspace_kernel.db.models import AnsweredRequest
from workspace_kernel.db.session import Database
from workspace_kernel.services.archives import Archive, Carried, pack
from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, served

pytestmark = pytest.mark.requirement("ker.rest")


def key(name: str) -> dict[str, str]:
    return {"idempotency-key": name}


def told(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """Return what has to be the same again."""
    kept = {name: answer.headers[name] for name in ("etag", "location") if name in answer.headers}
    return answer.status_code, answer.text, kept


def test_a_panel_that_is_made_twice_under_one_key_is_made_once(http, panels, source):
    new = {"source": source.replace("Counter", "Once only")}
    first, again = (http.post(panels, json=new, headers=key("once")) for _ in range(2))
    assert first.status_code == 201
    assert told(again) == told(first)
    ids = [each["id"] for each in http.get(panels, params={"limit": 200}).json()["items"]]
    assert [each for each in ids if each.startswith("once-only")] == ["once-only"]


def test_a_workspace_that_is_made_many_times_at_once_is_made_once(http, kernel):
    def make(_: int) -> tuple[int, str, dict[str, str]]:
        with httpx.Client(base_url=kernel.address, trust_env=False, timeout=PATIENCE) as client:
            return told(client.post("/api/workspaces", json={"id": "at-once"}, headers=key("ws")))

    with ThreadPoolExecutor(8) as pool:
        answers_given = [*pool.map(make, range(8))]
    assert {each[0] for each in answers_given} == {201}
    assert len({str(each) for each in answers_given}) == 1


def test_a_key_of_another_request_is_a_conflict(http):
    http.post("/api/workspaces", json={"id": "key-a"}, headers=key("k")).raise_for_status()
    for body in ({"id": "key-b"}, {"id": "key-a", "title": "A"}):
        answer = http.post("/api/workspaces", json=body, headers=key("k"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert http.get("/api/workspaces/key-b").status_code == 404


def test_an_archive_is_taken_in_once_and_a_key_is_of_its_query_too(http, source):
    archive = pack(Archive("w", (Carried("taken-in", source, "Counter", {}, 0),)))
    headers = {"content-type": "application/zip", **key("import")}
    path = "/api/workspaces/default/import"
    first, again = (http.post(path, content=archive, headers=headers) for _ in range(2))
    assert first.status_code == 200
    assert told(again) == told(first)
    other = http.post(path, params={"conflict": "skip"}, content=archive, headers=headers)
    assert other.status_code == 409


def test_a_refusal_is_not_kept(http, panels, panel, source):
    taken = {"id": panel, "source": source}
    assert http.post(panels, json=taken, headers=key("taken")).status_code == 409
    http.delete(f"{panels}/{panel}")
    assert http.post(panels, json=taken, headers=key("taken")).status_code == 201


@pytest.mark.parametrize("name", ["", "a" * 129, "ä"])
def test_what_is_no_key_is_refused(http, name):
    answer = http.post(
        "/api/workspaces", json={"id": "none"}, headers={"idempotency-key": name.encode()}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


def test_a_key_is_its_users_own(person):
    ann, bob = person(), person()
    for number, each in enumerate((ann, bob)):
        made = each.http.post(
            "/api/workspaces", json={"id": f"own-{ann.name}-{number}"}, headers=key("mine")
        )
        assert made.status_code == 201


def test_an_answer_outlives_a_restart(database_url, tmp_path, source):
    settings = Settings(data=tmp_path / "data", database_url=SecretStr(database_url()), demo=False)
    given = []
    for _ in range(2):
        with served(settings) as serving:
            address = f"{serving.address}/api/workspaces/default/panels"
            new = {"id": "p", "source": source}
            given.append(told(httpx.post(address, json=new, headers=key("k"), trust_env=False)))
    assert given[0] == given[1]
    assert given[0][0] == 201


async def test_answers_that_are_too_old_or_too_many_are_let_go(database_url):
    def row(number: int) -> AnsweredRequest:
        return AnsweredRequest(caller="c", key=f"k{number}", asks="", answer="", at=float(number))

    database = Database(database_url())
    await database.open()
    for number in range(1, 8):
        await database.write(*answers.keep(row(number), oldest=2.0, most=3))
    left = [
        number
        for number in range(1, 8)
        if await database.read(lambda s, n=number: answers.answered(s, "c", f"k{n}"))
    ]
    await database.close()
    assert left == [5, 6, 7]
