"""Which paths may be committed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.history import HistoryError, check_path
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("ker.git")


@pytest.mark.parametrize(
    "path", ["a", "panels/notes.nxml", "nog/graph.json", ".nexus/x", "ünï/日本.nxml", "a b/c-d_e"]
)
def test_an_ordinary_path_is_taken_as_it_is(path):
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../a", "a/../b", "./a", "a/./b"),
        *(".git", ".git/config", "a/.GIT/hooks/x", ".Git", "git~1/config", ".gitmodules"),
        *(".git\u200c/config", ".g\u0131t\ufeff", ".gitattributes", ".git.", ".git "),
        *("a\\b", "C:\\x", "c:x", "a\0b", "a\nb", "a\x7f", "a.", "a /b", " a", "a/..."),
        *("con", "NUL.txt", "a/com1", "a*", "a?b", "a|b", "<a>", 'a"', "cafe\u0301", "a\ud800"),
        *("a" * 256, "a/" * 32 + "a", "/".join(["a" * 250] * 5)),
    ],
)
def test_a_path_that_could_mean_another_file_is_refused(path):
    with pytest.raises(HistoryError) as caught:
        check_path(path)
    assert caught.value.code is ErrorCode.INVALID_PATH


@given(st.text() | st.lists(st.sampled_from(["..", ".", ".git", "a", "", "~"])).map("/".join))
def test_every_path_that_is_taken_lies_inside_and_outside_of_git(path):
    try:
        taken = check_path(path)
    except HistoryError:
        return
    root = Path("/root")
    inside = (root / taken).relative_to(root)
    assert str(inside) == taken
    assert not [name for name in inside.parts if name.lower().startswith(".git") or name == ".."]


def test_a_bad_path_commits_nothing(repository, ann):
    with pytest.raises(HistoryError):
        repository.commit({"a": b"1", "../b": b"1"}, message="Escape", author=ann)
    assert repository.head is None


def test_one_path_cannot_be_a_file_and_a_folder_at_once(repository, ann):
    with pytest.raises(HistoryError) as caught:
        repository.commit({"a": b"1", "a/b/c": b"1"}, message="Both", author=ann)
    assert caught.value.code is ErrorCode.INVALID_PATH
