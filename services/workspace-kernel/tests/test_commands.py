"""The commands ``serve`` and ``new``."""

import signal
import socket

import httpx
import pytest

from nexus_core.cli import main
from nexus_core.parser import parse
from workspace_kernel.services.samples import sample_panels, templates


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.requirement("ker.cli")
def test_serve_prints_where_it_is_when_it_can_be_asked(process):
    assert process.start() == f"Nexus is at {process.settings.address}"
    assert httpx.get(f"{process.settings.address}/ready", trust_env=False).status_code == 200


@pytest.mark.requirement("ker.cli")
def test_serve_ends_in_order_when_it_is_asked_to(process):
    process.start()
    assert "Traceback" not in process.end(signal.SIGTERM)


def test_serve_refuses_an_address_beyond_this_machine(here, capsys):
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "this kernel has no logins" in capsys.readouterr().err


def test_serve_says_when_its_port_is_taken(here, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert main(["serve", "--port", str(other.getsockname()[1])]) == 2
    assert "choose one with --port" in capsys.readouterr().err


@pytest.mark.requirement("ker.cli")
@pytest.mark.parametrize("template", sorted(templates()))
def test_a_new_panel_has_nothing_wrong_with_it(here, template):
    assert main(["new", 'my-"panel"', "--template", template]) == 0
    result = parse((here / 'my-"panel".nxml').read_text())
    assert result.diagnostics == ()
    assert result.ast is not None
    assert result.ast.title == 'My "panel"'


def test_a_panel_that_is_there_is_not_written_over(here):
    assert main(["new", "x"]) == 0
    assert main(["new", "x"]) == 1


def test_an_unknown_template_is_a_wrong_call(here, capsys):
    assert main(["new", "x", "--template", "none"]) == 2
    assert "there are blank, counter, dashboard, form, list" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(sample_panels()))
def test_every_sample_panel_can_run(name):
    assert parse(sample_panels()[name]).ok
