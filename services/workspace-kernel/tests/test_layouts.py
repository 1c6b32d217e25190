"""Where people's windows stand: each their own, in each workspace, bounded."""

import pytest

from workspace_kernel.testing import PASSWORD

pytestmark = pytest.mark.requirement("ui.studio")


def window(panel: str = "p", **place: int) -> dict[str, object]:
    return {"panelId": panel, "isMinimised": False, "x": 0, "y": 0, "w": 6, "h": 9, **place}


def kept(home, person) -> list[dict[str, object]]:
    return person.http.get(f"{home.path}/layout").json()["windows"]


def test_a_layout_is_kept_for_each_person_alone_and_the_last_save_holds(home):
    path = f"{home.path}/layout"
    assert home.viewer.http.get(path).json() == {"windows": []}
    for windows in ([window()], [window(x=6), window("q", y=9)]):
        assert home.viewer.http.put(path, json={"windows": windows}).status_code == 204
    assert kept(home, home.viewer) == [window(x=6), window("q", y=9)]
    assert kept(home, home.editor) == []
    assert "savedAt" in home.viewer.http.get(path).json()


@pytest.mark.parametrize(
    "windows",
    [
        [window(x=12)],
        [window(w=0)],
        [window(y=10**9)],
        [window("no panel")],
        [window(colour=1)],
        [window()] * 101,
    ],
)
def test_what_is_no_layout_is_refused(home, windows):
    answer = home.viewer.http.put(f"{home.path}/layout", json={"windows": windows})
    assert answer.status_code == 400
    assert kept(home, home.viewer) == []


def test_a_layout_goes_with_its_account(home, person):
    guest = person()
    home.let_in(guest, "viewer")
    put = guest.http.put(f"{home.path}/layout", json={"windows": [window()]})
    assert put.status_code == 204
    gone = guest.http.post("/api/auth/delete", json={"password": PASSWORD})
    assert gone.status_code == 204


def test_without_accounts_a_layout_is_the_browsers_own_business(http):
    assert http.get("/api/workspaces/default/layout").status_code == 404


@pytest.mark.requirement("ui.account")
def test_usage_is_told_of_the_workspaces_that_one_is_in(home, person):
    for _ in range(2):
        home.owner.http.post(f"{home.path}/panels/p/tools/add", json={}).raise_for_status()
    items = home.viewer.http.get("/api/usage", params={"limit": 200}).json()["items"]
    [held] = [each for each in items if each["workspace"] == home.name]
    records = held["bytes"].pop("records")
    assert held == {
        "workspace": home.name,
        "panels": 1,
        "executions": 2,
        "bytes": {"values": 0, "waiting": 0},
    }
    assert records > 0
    assert person().http.get("/api/usage").json()["items"] == []


def test_the_tour_is_noted_of_each_person_alone(person):
    ann, ben = person(), person()
    assert "touredAt" not in ann.http.get("/api/auth/me").json()["user"]
    assert ann.http.put("/api/auth/tour").status_code == 204
    assert "touredAt" in ann.http.get("/api/auth/me").json()["user"]
    assert "touredAt" not in ben.http.get("/api/auth/me").json()["user"]
