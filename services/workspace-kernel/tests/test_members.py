"""Workspaces that are shared: roles, invitations, the first owner, who is told to have acted."""

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest

from workspace_kernel.services.people import first_invitation
from workspace_kernel.settings import Settings, SettingsError
from workspace_kernel.testing import PASSWORD, Person, served

pytestmark = pytest.mark.requirement("ker.auth")


def refused(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def member(home, person, role):
    return f"{home.path}/members/{person.id}", {"role": role}


def roles(home) -> dict[str, str]:
    items = home.owner.http.get(f"{home.path}/members").json()["items"]
    return {each["name"]: each["role"] for each in items}


def test_who_makes_a_workspace_owns_it(person):
    ann = person()
    ann.http.post("/api/workspaces", json={"id": f"of-{ann.name}"})
    assert ann.http.get("/api/auth/me").json()["workspaces"] == [
        {"workspace": f"of-{ann.name}", "role": "owner"}
    ]


def test_everybody_sees_their_own_workspaces_only(home, person):
    listed = [
        [each["id"] for each in who.http.get("/api/workspaces").json()["items"]]
        for who in (home.owner, home.viewer, person())
    ]
    assert [home.name in each for each in listed] == [True, True, False]
    assert listed[-1] == []


def test_a_foreign_workspace_looks_like_a_missing_one(home, person):
    stranger = person()
    foreign = stranger.http.get(f"{home.path}/panels/p/state")
    missing = stranger.http.get("/api/workspaces/missing/panels/p/state")
    told = foreign.json()["error"]["message"].replace(home.name, "missing")
    assert refused(foreign) == refused(missing) == (404, "NOT_FOUND")
    assert told == missing.json()["error"]["message"]


def test_an_invitation_lets_one_person_in_with_its_role(home, person):
    token = {"token": home.invite("editor")}
    guest, late = person(), person()
    accepted = guest.http.post("/api/auth/invitations/accept", json=token)
    assert accepted.json() == {"workspace": home.name, "role": "editor"}
    again = late.http.post("/api/auth/invitations/accept", json=token)
    assert refused(again) == (404, "NOT_FOUND")
    assert roles(home)[guest.name] == "editor"
    assert late.name not in roles(home)


def test_an_invitation_makes_nobody_less_than_they_are(home):
    home.let_in(home.editor, "viewer")
    assert roles(home)[home.editor.name] == "editor"


def test_an_invitation_is_a_link_with_its_token_where_no_server_sees_it(home):
    made = home.owner.http.post(f"{home.path}/invitations", json={"role": "viewer"}).json()
    assert made["url"].endswith(f"/invitation#{made['token']}")
    listed = home.owner.http.get(f"{home.path}/invitations")
    assert [each["id"] for each in listed.json()["items"]] == [made["id"]]
    assert made["token"] not in listed.text


def test_an_invitation_that_was_taken_back_lets_nobody_in(home, person):
    made = home.owner.http.post(f"{home.path}/invitations", json={"role": "owner"}).json()
    path = f"{home.path}/invitations/{made['id']}"
    assert home.owner.http.delete(path).status_code == 204
    accepted = person().http.post("/api/auth/invitations/accept", json={"token": made["token"]})
    assert refused(accepted) == (404, "NOT_FOUND")
    assert refused(home.owner.http.delete(path)) == (404, "NOT_FOUND")


def test_a_role_holds_from_the_moment_it_is_given(home):
    run = f"{home.path}/panels/p/tools/add"
    assert refused(home.viewer.http.post(run, json={})) == (403, "PERMISSION_DENIED")
    path, role = member(home, home.viewer, "editor")
    assert home.owner.http.put(path, json=role).status_code == 204
    assert home.viewer.http.post(run, json={}).json()["ok"] is True


def test_who_was_let_out_finds_the_workspace_no_more(home):
    path, _ = member(home, home.viewer, "")
    assert home.owner.http.delete(path).status_code == 204
    assert refused(home.viewer.http.get(home.path)) == (404, "NOT_FOUND")


def test_a_workspace_always_has_an_owner(home):
    path, role = member(home, home.owner, "viewer")
    http = home.owner.http
    assert refused(http.put(path, json=role)) == (409, "CONFLICT")
    assert refused(http.delete(path)) == (409, "CONFLICT")
    assert refused(http.post(f"{home.path}/leave")) == (409, "CONFLICT")
    path, role = member(home, home.editor, "owner")
    http.put(path, json=role)
    assert http.post(f"{home.path}/leave").status_code == 204
    assert roles_seen_by(home.editor, home) == {
        home.editor.name: "owner",
        home.viewer.name: "viewer",
    }


def at_once(*sends):
    """Send several requests at the same time; returns their statuses in order."""
    with ThreadPoolExecutor(len(sends)) as threads:
        return [each.result().status_code for each in [threads.submit(send) for send in sends]]


def test_two_owners_who_leave_at_once_do_not_both(home):
    path, role = member(home, home.editor, "owner")
    home.owner.http.put(path, json=role)
    leave = f"{home.path}/leave"
    statuses = at_once(*(partial(each.http.post, leave) for each in (home.owner, home.editor)))
    assert sorted(statuses) == [204, 409]


def test_of_two_who_accept_an_invitation_at_once_one_comes_in(home, person):
    token = {"token": home.invite("editor")}
    guests = [person(), person()]
    accept = "/api/auth/invitations/accept"
    statuses = at_once(*(partial(each.http.post, accept, json=token) for each in guests))
    assert sorted(statuses) == [200, 404]


def test_the_only_owner_of_a_workspace_cannot_delete_the_account(person):
    ann = person()
    ann.http.post("/api/workspaces", json={"id": f"of-{ann.name}"})
    deleted = ann.http.post("/api/auth/delete", json={"password": PASSWORD})
    assert (refused(deleted), deleted.json()["error"]["details"]) == (
        (409, "CONFLICT"),
        {"workspaces": [f"of-{ann.name}"]},
    )


def roles_seen_by(person: Person, home) -> dict[str, str]:
    items = person.http.get(f"{home.path}/members").json()["items"]
    return {each["name"]: each["role"] for each in items}


@pytest.mark.parametrize("user", ["nobody", "%00", "a" * 5000])
def test_who_is_no_member_cannot_be_changed(home, user):
    answer = home.owner.http.put(f"{home.path}/members/{user}", json={"role": "owner"})
    assert refused(answer) == (404, "NOT_FOUND")


def test_the_audit_log_says_who_did_what_to_whom_from_where(home):
    path, role = member(home, home.viewer, "editor")
    home.owner.http.put(path, json=role)
    newest = home.owner.http.get(f"{home.path}/audit?limit=1").json()["items"]
    assert newest == [
        {
            "at": newest[0]["at"],
            "action": "member.changed",
            "user": home.owner.id,
            "subject": home.viewer.id,
            "workspace": home.name,
            "address": home.owner.http.headers["x-forwarded-for"],
        }
    ]


def test_the_audit_log_is_read_in_pages(home):
    first = home.owner.http.get(f"{home.path}/audit?limit=3").json()
    rest = home.owner.http.get(f"{home.path}/audit?cursor={first['nextCursor']}").json()
    actions = [each["action"] for each in (*first["items"], *rest["items"])]
    assert actions == [
        *["invitation.accepted", "invitation.created"] * 2,
        "workspace.created",
    ]
    assert "nextCursor" not in rest


# ---- who acted


def test_a_save_is_by_who_made_it(home):
    source = home.owner.http.get(f"{home.path}/panels/p").json()["source"]
    home.editor.http.put(f"{home.path}/panels/p", json={"source": source + "\n"})
    commits = home.owner.http.get(f"{home.path}/panels/p/history").json()["items"]
    assert [each["author"] for each in commits] == [home.editor.name, home.owner.name]


def test_a_change_names_who_made_it(home):
    home.editor.http.post(f"{home.path}/panels/p/tools/add", json={})
    newest = home.viewer.http.get(f"{home.path}/panels/p/log?limit=1").json()["items"][0]
    assert newest["cause"]["user"] == home.editor.id


# ---- beginning


@pytest.fixture
def begun(tmp_path):
    """A kernel with accounts and nobody in it, where accounts need an invitation."""
    with served(Settings(data=tmp_path, demo=True, auth="accounts")) as serving:
        yield serving


def test_the_first_owner_comes_by_a_link_that_only_the_operator_can_read(begun):
    path = first_invitation(begun.data)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    address, _, token = path.read_text().strip().partition("#")
    assert address == f"{begun.address}/invitation"
    ann = Person(begun, "ann", "10.0.0.1")
    with ann.http:
        ann.sign_up(invitation=token)
        assert ann.http.get("/api/auth/me").json()["workspaces"] == [
            {"workspace": "default", "role": "owner"}
        ]
        assert len(ann.http.get("/api/workspaces/default/panels").json()["items"]) > 3


def test_where_accounts_need_an_invitation_nobody_signs_up_without(begun):
    ann = Person(begun, "ann", "10.0.0.1")
    asked = {"email": ann.email, "password": PASSWORD, "name": "Ann"}
    with ann.http:
        answer = ann.http.post("/api/auth/signup", json=asked)
    assert refused(answer) == (403, "PERMISSION_DENIED")


def test_once_there_is_an_owner_the_first_link_is_taken_away(tmp_path):
    settings = Settings(data=tmp_path, demo=False, auth="accounts")
    with served(settings) as serving:
        token = first_invitation(tmp_path).read_text().strip().partition("#")[2]
        ann = Person(serving, "ann", "10.0.0.1")
        with ann.http:
            ann.sign_up(invitation=token)
    with served(settings) as serving:
        assert not first_invitation(tmp_path).exists()
        again = Person(serving, "ann", "10.0.0.1")
        with again.http:
            assert again.log_in().id == ann.id


def test_a_login_outlives_a_restart(tmp_path):
    settings = Settings(data=tmp_path, demo=False, auth="accounts", signup="open")
    with served(settings) as serving:
        ann = Person(serving, "ann", "10.0.0.1").sign_up()
    with served(settings) as serving, closing(ann.http):
        ann.http.base_url = serving.address
        assert ann.http.get("/api/auth/me").status_code == 200
        ann.refresh()


# ---- single-user mode, and where a kernel may listen


def test_where_nobody_logs_in_everybody_is_the_local_user(http):
    assert http.get("/api/auth/me").json() == {
        "user": {"name": "Local user"},
        "workspaces": [],
        "scopes": ["read", "run", "write", "manage", "metrics"],
    }


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/logout", "/api/ws-tickets"])
def test_where_nobody_logs_in_there_are_no_accounts(http, path):
    asked = {"email": "a@example.test", "password": "x"}
    assert refused(http.post(path, json=asked)) == (404, "NOT_FOUND")


def test_a_kernel_with_accounts_is_reachable_from_elsewhere_only_behind_tls():
    beyond = {"auth": "accounts", "host": "0.0.0.0"}
    with pytest.raises(SettingsError, match="in the open"):
        Settings(**beyond).require_safe_address()
    with pytest.raises(SettingsError, match="in the open"):
        Settings(**beyond, public_url="http://app.test").require_safe_address()
    Settings(**beyond, public_url="https://app.test").require_safe_address()
