"""Accounts: signing up, logging in, staying logged in, logging out, personal tokens."""

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from workspace_kernel.auth.limits import LOGIN_BY_ACCOUNT, LOGIN_BY_ADDRESS, SIGNUP_BY_ADDRESS
from workspace_kernel.settings import Settings
from workspace_kernel.testing import PASSWORD, Person, served

pytestmark = pytest.mark.requirement("ker.auth")

REFRESH = "/api/auth/refresh"


def refused(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def refresh_cookie(person: Person) -> str:
    return person.http.cookies["nexus-refresh"]


def with_cookie(person: Person, cookie: str):
    """Send a refresh with a cookie of one's choice."""
    person.http.cookies.clear()
    return person.http.post(REFRESH, headers={"cookie": f"nexus-refresh={cookie}"})


# ---- signing up and logging in


def test_whoever_signed_up_is_logged_in(person):
    ann = person()
    assert ann.http.get("/api/auth/me").json() == {
        "user": {"id": ann.id, "name": ann.name, "email": ann.email},
        "workspaces": [],
        "scopes": ["manage", "metrics", "read", "run", "write"],
    }


def test_an_address_has_one_account_however_it_is_spelled(person, newcomer):
    ann = person()
    again = newcomer().http.post(
        "/api/auth/signup",
        json={"email": ann.email.upper(), "password": PASSWORD, "name": "Ann"},
    )
    assert refused(again) == (409, "CONFLICT")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "x" * 257),
        ("email", "nobody"),
        ("email", "a b@example.test"),
        ("email", f"{'a' * 65}@example.test"),
        ("name", ""),
        ("name", "a\nb"),
    ],
)
def test_what_cannot_be_an_account_is_refused_without_repeating_it(newcomer, field, value):
    asked = {"email": "x@example.test", "password": PASSWORD, "name": "X", field: value}
    answer = newcomer().http.post("/api/auth/signup", json=asked)
    assert refused(answer) == (400, "BAD_REQUEST")
    assert PASSWORD not in answer.text
    assert not value or value not in answer.text


@pytest.mark.parametrize("local", ["\ufdfa" * 60, "a\uff20b"])
def test_an_address_that_is_another_in_its_one_spelling_is_refused(newcomer, local):
    asked = {"email": f"{local}@example.test", "password": PASSWORD, "name": "X"}
    answer = newcomer().http.post("/api/auth/signup", json=asked)
    assert refused(answer) == (422, "INVALID_ARGUMENTS")


@pytest.mark.parametrize("name", ["%00", "a%00b", "..%2fdefault", "%ff", "A", "a" * 5000])
def test_what_can_be_no_workspace_is_missing(person, name):
    answer = person().http.get(f"/api/workspaces/{name}/panels")
    assert refused(answer) == (404, "NOT_FOUND")


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(person, newcomer):
    ann, stranger = person(), newcomer()
    answers = [
        stranger.http.post("/api/auth/login", json={"email": email, "password": "wrong"})
        for email in (ann.email, "nobody@example.test")
    ]
    errors = [{**each.json()["error"], "traceId": ""} for each in answers]
    assert [each.status_code for each in answers] == [401, 401]
    assert errors[0] == errors[1]


def test_a_wrong_password_and_an_unknown_address_take_the_same_time(person, newcomer):
    ann = person()

    def took(email: str) -> float:
        began = time.perf_counter()
        newcomer().http.post("/api/auth/login", json={"email": email, "password": "wrong"})
        return time.perf_counter() - began

    pairs = [(took(ann.email), took(f"nobody{turn}@example.test")) for turn in range(5)]
    known, unknown = (statistics.median(each) for each in zip(*pairs, strict=True))
    assert 0.4 < known / unknown < 2.5


def test_passwords_are_kept_as_argon2id_and_tokens_as_digests_only(town, person):
    from sqlalchemy import text

    from workspace_kernel.db.session import make_engine

    ann = person()
    personal = ann.http.post("/api/auth/tokens", json={"name": "t", "scopes": ["read"]}).json()
    engine = make_engine(town.database, read_only=True)
    with engine.connect() as connection:
        password = connection.execute(
            text("SELECT password FROM account WHERE id = :id"), {"id": ann.id}
        ).scalar_one()
        stored = [
            str(row)
            for table in ("account", "login_session", "refresh_token", "personal_token")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    engine.dispose()
    assert password.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    secrets = (PASSWORD, personal["token"], refresh_cookie(ann), ann.token)
    assert not any(secret in row for secret in secrets for row in stored)


# ---- staying logged in


def test_the_refresh_token_is_in_a_cookie_for_one_address_that_scripts_cannot_read(newcomer):
    ann = newcomer()
    answer = ann.http.post(
        "/api/auth/signup", json={"email": ann.email, "password": PASSWORD, "name": "Ann"}
    )
    cookie = answer.headers["set-cookie"]
    name, _, attributes = cookie.partition("; ")
    assert name.startswith("nexus-refresh=nxr_")
    assert re.sub("=259[0-9]{4};", "=;", attributes) == (
        "Path=/api/auth/refresh; Max-Age=; HttpOnly; SameSite=Strict"
    )
    assert name.partition("=")[2] not in answer.text


def test_over_tls_the_cookie_is_secure(tmp_path):
    settings = Settings(
        data=tmp_path, demo=False, auth="accounts", signup="open", public_url="https://nexus.test"
    )
    with served(settings) as serving:
        ann = Person(serving, "ann", "10.0.0.1")
        with ann.http:
            answer = ann.http.post(
                "/api/auth/signup",
                json={"email": ann.email, "password": PASSWORD, "name": "Ann"},
                headers={"host": "nexus.test", "origin": "https://nexus.test"},
            )
    assert answer.status_code == 201
    assert answer.headers["set-cookie"].startswith("__Secure-nexus-refresh=")
    assert answer.headers["set-cookie"].endswith("; Secure")


def test_a_login_goes_on_with_another_token_each_time(person):
    ann = person()
    seen = {(ann.token, refresh_cookie(ann))}
    for _ in range(3):
        ann.refresh()
        assert ann.http.get("/api/auth/me").json()["user"]["id"] == ann.id
        seen.add((ann.token, refresh_cookie(ann)))
    assert len(seen) == 4


def test_a_refresh_token_that_comes_twice_ends_the_login_for_both(person):
    ann = person()
    stolen = refresh_cookie(ann)
    ann.refresh()
    newest, token = refresh_cookie(ann), ann.token
    assert refused(with_cookie(ann, stolen)) == (401, "UNAUTHENTICATED")
    assert refused(with_cookie(ann, newest)) == (401, "UNAUTHENTICATED")
    answer = ann.http.get("/api/auth/me", headers=ann.bearing(token))
    assert refused(answer) == (401, "UNAUTHENTICATED")


def test_of_two_refreshes_with_one_token_at_once_one_goes_on_and_the_login_ends(person, newcomer):
    ann = person()
    headers = {"cookie": f"nexus-refresh={refresh_cookie(ann)}"}
    browsers = [newcomer(), newcomer()]
    with ThreadPoolExecutor(2) as threads:
        sent = [threads.submit(each.http.post, REFRESH, headers=headers) for each in browsers]
        answers = [each.result() for each in sent]
    assert sorted(each.status_code for each in answers) == [200, 401]
    token = next(each.json()["accessToken"] for each in answers if each.is_success)
    assert ann.http.get("/api/auth/me", headers=ann.bearing(token)).status_code == 401


def test_a_stolen_refresh_token_ends_no_other_login_and_is_written_down(person):
    ann = person()
    stolen = refresh_cookie(ann)
    ann.refresh()
    with_cookie(ann, stolen)
    ann.log_in()
    actions = [each["action"] for each in ann.http.get("/api/auth/activity").json()["items"]]
    assert actions == ["account.logged-in", "account.refresh-reused", "account.signed-up"]


@pytest.mark.parametrize("missing", ["nexus-csrf", "cookie"])
def test_a_refresh_needs_the_cookie_and_a_header_that_no_form_can_send(person, missing):
    ann = person()
    headers = {"nexus-csrf": "1", "cookie": f"nexus-refresh={refresh_cookie(ann)}"}
    ann.http.cookies.clear()
    del headers[missing]
    ann.http.headers.pop("nexus-csrf")
    assert refused(ann.http.post(REFRESH, headers=headers)) == (401, "UNAUTHENTICATED")


def test_a_foreign_page_refreshes_nothing(person):
    answer = person().http.post(REFRESH, headers={"origin": "https://evil.test"})
    assert refused(answer) == (403, "FORBIDDEN_ORIGIN")


# ---- logging out


def test_a_logout_ends_its_tokens_at_once_and_no_other_login(person):
    ann = person()
    first, cookie = ann.token, refresh_cookie(ann)
    ann.log_in()
    assert ann.http.post("/api/auth/logout", headers=ann.bearing(first)).status_code == 204
    assert refused(ann.http.get("/api/auth/me", headers=ann.bearing(first)))[0] == 401
    assert ann.http.get("/api/auth/me").status_code == 200
    assert refused(with_cookie(ann, cookie)) == (401, "UNAUTHENTICATED")


def test_a_logout_everywhere_ends_all_logins(person):
    ann = person()
    tokens = [ann.token, ann.log_in().token]
    assert ann.http.post("/api/auth/logout-everywhere").status_code == 204
    statuses = [
        ann.http.get("/api/auth/me", headers=ann.bearing(each)).status_code for each in tokens
    ]
    assert statuses == [401, 401]


def test_another_password_ends_all_logins_and_begins_a_new_one(person):
    ann = person()
    old = ann.token
    change = {"current": PASSWORD, "new": "another good password"}
    answer = ann.http.put("/api/auth/password", json=change)
    new = answer.json()["accessToken"]
    assert ann.http.get("/api/auth/me", headers=ann.bearing(old)).status_code == 401
    assert ann.http.get("/api/auth/me", headers=ann.bearing(new)).status_code == 200
    credentials = {"email": ann.email, "password": PASSWORD}
    assert refused(ann.http.post("/api/auth/login", json=credentials))[0] == 401


def test_a_password_is_changed_only_by_who_knows_it(person):
    change = {"current": "wrong", "new": "another good password"}
    answer = person().http.put("/api/auth/password", json=change)
    assert refused(answer) == (403, "PERMISSION_DENIED")


def test_a_deleted_account_is_gone(person):
    ann = person()
    wrong = ann.http.post("/api/auth/delete", json={"password": "wrong"})
    assert refused(wrong) == (403, "PERMISSION_DENIED")
    assert ann.http.post("/api/auth/delete", json={"password": PASSWORD}).status_code == 204
    assert ann.http.get("/api/auth/me").status_code == 401
    credentials = {"email": ann.email, "password": PASSWORD}
    assert refused(ann.http.post("/api/auth/login", json=credentials))[0] == 401
    assert ann.sign_up().http.get("/api/auth/me").status_code == 200


# ---- personal tokens


def make_token(person: Person, *scopes: str, **fields: object) -> dict:
    asked = {"name": "a program", "scopes": scopes, **fields}
    return person.http.post("/api/auth/tokens", json=asked).json()


def test_a_personal_token_does_what_its_scopes_say_and_no_more(home):
    token = make_token(home.editor, "read")["token"]
    headers = home.editor.bearing(token)
    http = home.editor.http
    assert http.get(f"{home.path}/panels", headers=headers).status_code == 200
    run = http.post(f"{home.path}/panels/p/tools/add", json={}, headers=headers)
    assert refused(run) == (403, "PERMISSION_DENIED")


def test_a_personal_token_gives_no_more_than_its_users_role(home):
    token = make_token(home.viewer, "read", "run", "write", "manage")["token"]
    run = home.viewer.http.post(
        f"{home.path}/panels/p/tools/add", json={}, headers=home.viewer.bearing(token)
    )
    assert refused(run) == (403, "PERMISSION_DENIED")


def test_a_personal_token_of_one_workspace_finds_no_other(home):
    other = f"other-{home.name}"
    home.owner.http.post("/api/workspaces", json={"id": other})
    token = make_token(home.owner, "read", "write", workspace=home.name)["token"]
    headers = home.owner.bearing(token)
    http = home.owner.http
    listed = http.get("/api/workspaces", headers=headers).json()["items"]
    assert [each["id"] for each in listed] == [home.name]
    assert refused(http.get(f"/api/workspaces/{other}", headers=headers)) == (404, "NOT_FOUND")
    made = http.post("/api/workspaces", json={"id": f"{other}-2"}, headers=headers)
    assert refused(made) == (403, "PERMISSION_DENIED")


def test_a_personal_token_makes_no_other_token(person):
    ann = person()
    headers = ann.bearing(make_token(ann, "read", "write", "manage")["token"])
    asked = {"name": "more", "scopes": ["manage"]}
    answer = ann.http.post("/api/auth/tokens", json=asked, headers=headers)
    assert refused(answer) == (403, "PERMISSION_DENIED")


def test_a_deleted_personal_token_is_good_no_more(person):
    ann = person()
    token = make_token(ann, "read")
    assert ann.http.get("/api/auth/me", headers=ann.bearing(token["token"])).status_code == 200
    assert ann.http.delete(f"/api/auth/tokens/{token['id']}").status_code == 204
    assert ann.http.get("/api/auth/me", headers=ann.bearing(token["token"])).status_code == 401


def test_the_list_of_personal_tokens_says_when_each_was_used_and_tells_no_secret(person):
    ann = person()
    token = make_token(ann, "run", "read")
    assert token.pop("token").startswith("nxp_")
    assert ann.http.get("/api/auth/tokens").json() == {"items": [token]}
    secret = make_token(ann, "read")["token"]
    ann.http.get("/api/auth/me", headers=ann.bearing(secret))
    items = ann.http.get("/api/auth/tokens").json()["items"]
    assert [("usedAt" in each) for each in items] == [False, True]


def test_nobody_deletes_the_personal_token_of_another(person):
    ann, bob = person(), person()
    token = make_token(ann, "read")
    assert refused(bob.http.delete(f"/api/auth/tokens/{token['id']}")) == (404, "NOT_FOUND")


# ---- limits


def exhaust(send, times: int):
    """Send so often and once more; while it is answered, a slow machine gave some tries back."""
    answers = [send() for _ in range(times + 1)]
    while answers[-1].status_code != 429 and len(answers) < 3 * times:
        answers.append(send())
    return answers


def test_logins_from_one_address_are_limited(newcomer):
    ann = newcomer()
    answers = exhaust(
        lambda: ann.http.post("/api/auth/login", json={"email": "x", "password": "x"}),
        0,
    )
    assert refused(answers[0]) == (400, "BAD_REQUEST")
    numbers = iter(range(1000))
    answers = exhaust(
        lambda: ann.http.post(
            "/api/auth/login",
            json={"email": f"{next(numbers)}@limits.test", "password": "x"},
        ),
        LOGIN_BY_ADDRESS.times,
    )
    assert {each.status_code for each in answers[:-1]} == {401}
    assert refused(answers[-1]) == (429, "RESOURCE_LIMIT")
    assert 0 < int(answers[-1].headers["retry-after"]) <= LOGIN_BY_ADDRESS.seconds


def test_logins_into_one_account_are_limited_wherever_they_come_from(person, newcomer):
    ann = person()
    answers = exhaust(
        lambda: newcomer().http.post(
            "/api/auth/login", json={"email": ann.email, "password": "wrong"}
        ),
        LOGIN_BY_ACCOUNT.times,
    )
    assert answers[-2].status_code == 401
    assert refused(answers[-1]) == (429, "RESOURCE_LIMIT")


def test_sign_ups_from_one_address_are_limited(newcomer):
    ann = newcomer()
    asked = {"email": "one@limits.test", "password": PASSWORD, "name": "One", "invitation": "no"}
    answers = exhaust(
        lambda: ann.http.post("/api/auth/signup", json=asked), SIGNUP_BY_ADDRESS.times
    )
    assert refused(answers[0]) == (404, "NOT_FOUND")
    assert refused(answers[-1]) == (429, "RESOURCE_LIMIT")


def test_who_is_no_trusted_proxy_cannot_choose_the_address_it_is_counted_by(tmp_path):
    settings = Settings(data=tmp_path, demo=False, auth="accounts")
    with served(settings) as serving:
        answers = []
        for number in range(SIGNUP_BY_ADDRESS.times + 1):
            ann = Person(serving, "ann", f"10.0.0.{number}")
            with ann.http:
                asked = {"email": ann.email, "password": PASSWORD, "name": "Ann"}
                answers.append(ann.http.post("/api/auth/signup", json=asked))
    assert refused(answers[0]) == (403, "PERMISSION_DENIED")
    assert refused(answers[-1]) == (429, "RESOURCE_LIMIT")
