"""The history is read page by page, and follows a file through its renames."""

import itertools

import pytest

from nexus_core.history import HistoryError
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("ker.git")

LINES = b"".join(b"line %d\n" % number for number in range(20))


def messages(log) -> list[str]:
    return [commit.message for commit in log.commits]


def whole(repository, path=None, limit=2) -> list[str]:
    found, cursor = [], None
    while True:
        page = repository.log(path, cursor=cursor, limit=limit)
        found += messages(page)
        if (cursor := page.cursor) is None:
            return found


def test_pages_add_up_to_what_stock_git_tells(repository, git, ann):
    repository.commit({"a": b"0"}, message="start", author=ann)
    git("branch", "side")
    for number in range(4):
        repository.commit({"a": b"%d" % number}, message=f"main {number}", author=ann)
        repository.commit({"b": b"%d" % number}, message=f"s {number}", author=ann, branch="side")
    repository.merge("side", message="merge", author=ann)
    told = git("log", "--format=%s").splitlines()
    assert sorted(whole(repository)) == sorted(told)
    assert whole(repository)[0] == "merge"


def test_commits_made_meanwhile_do_not_shift_a_page(repository, ann):
    for number in range(4):
        repository.commit({"a": b"%d" % number}, message=str(number), author=ann)
    first = repository.log(limit=2)
    repository.commit({"a": b"4"}, message="4", author=ann)
    assert messages(repository.log(cursor=first.cursor, limit=2)) == ["1", "0"]


def test_the_last_page_has_no_cursor(repository, ann):
    repository.commit({"a": b"1"}, message="1", author=ann)
    assert repository.log(limit=1).cursor is None


def test_a_file_is_followed_through_its_renames(repository, ann):
    repository.commit({"a": LINES}, message="make", author=ann)
    repository.commit({"other": b"1"}, message="other", author=ann)
    repository.commit({"a": None, "b": LINES + b"more\n"}, message="rename", author=ann)
    repository.commit({"b": LINES}, message="change", author=ann)
    log = repository.log("b")
    assert [(each.message, each.path) for each in log.commits] == [
        ("change", "b"),
        ("rename", "b"),
        ("make", "a"),
    ]
    assert whole(repository, "b", limit=1) == ["change", "rename", "make"]


def test_a_deleted_file_has_its_history_still(repository, ann):
    repository.commit({"a": b"1", "b": b"1"}, message="make", author=ann)
    repository.commit({"a": None}, message="delete", author=ann)
    assert messages(repository.log("a")) == ["delete", "make"]


def test_a_file_of_a_merged_branch_has_the_commits_that_made_it(repository, git, ann):
    repository.commit({"a": b"1"}, message="start", author=ann)
    git("branch", "side")
    repository.commit({"b": b"1"}, message="theirs", author=ann, branch="side")
    repository.commit({"a": b"2"}, message="ours", author=ann)
    repository.merge("side", message="merge", author=ann)
    assert messages(repository.log("b")) == ["theirs"]
    assert messages(repository.log("a")) == ["ours", "start"]


@pytest.mark.parametrize("cursor", ["", "x", "W10", "bnVsbA", "W1tbXSwxXV0", "\ud800", "A" * 9999])
def test_a_cursor_of_another_list_is_refused(repository, ann, cursor):
    repository.commit({"a": b"1"}, message="1", author=ann)
    with pytest.raises(HistoryError) as caught:
        repository.log(cursor=cursor)
    assert caught.value.code is ErrorCode.BAD_REQUEST


def test_a_commit_is_described_by_its_id(repository, ann):
    sha = repository.commit({"a": b"1"}, message="1", author=ann)
    assert repository.describe(sha) == repository.log().commits[0]


def test_what_a_file_once_held_is_known(repository, ann):
    shas = [
        repository.commit({"a": content}, message="c", author=ann) for content in (b"1", b"2", b"3")
    ]
    held = [
        repository.has_held("a", content, since)
        for content, since in itertools.product((b"1", b"2", b"4"), (None, shas[0]))
    ]
    assert held == [True, False, True, True, False, False]
