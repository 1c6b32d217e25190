"""Settings: where they come from, and which are refused."""

import pytest

from workspace_kernel.settings import Settings, SettingsError, load


def test_without_anything_given_the_defaults_hold(tmp_path):
    assert load({}, {}, tmp_path) == Settings()


def test_the_command_line_stands_before_environment_before_file(tmp_path):
    (tmp_path / "nexus.toml").write_text("port = 1\nmax_panels = 1\nhandler_timeout_ms = 1\n")
    environment = {"NEXUS_PORT": "2", "NEXUS_MAX_PANELS": "2"}
    settings = load({"port": 3}, environment, tmp_path)
    assert (settings.port, settings.max_panels, settings.handler_timeout_ms) == (3, 2, 1)


def test_the_earlier_names_are_accepted_and_stand_behind_the_present_ones(tmp_path):
    earlier = {
        "PORT": "4000",
        "MAX_PANELS": "10",
        "WASM_MEMORY_LIMIT": "33554432",
        "HANDLER_TIMEOUT_MS": "100",
        "WORKSPACE_ID": "mine",
    }
    settings = load({}, {**earlier, "NEXUS_PORT": "5000"}, tmp_path)
    assert (
        settings.port,
        settings.max_panels,
        settings.sandbox_memory_bytes,
        settings.handler_timeout_ms,
        settings.workspace,
    ) == (5000, 10, 33554432, 100, "mine")


def test_handlers_run_in_processes_of_their_own_when_the_operator_says_so(tmp_path):
    here = load({}, {}, tmp_path)
    apart = load({}, {"NEXUS_SANDBOX": "workers", "NEXUS_SANDBOX_WORKERS": "5"}, tmp_path)
    default = load({}, {"NEXUS_SANDBOX": "workers"}, tmp_path)
    assert (here.workers, apart.workers) == (None, 5)
    assert default.workers is not None
    assert default.workers > 1


def test_lists_are_separated_by_commas_in_the_environment(tmp_path):
    settings = load({}, {"NEXUS_HTTP_ALLOW": "https://a.test, https://b.test/v1"}, tmp_path)
    assert settings.http_allow == ("https://a.test", "https://b.test/v1")


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"NEXUS_PORT": "many"}, "port"),
        ({"NEXUS_PORT": "70000"}, "port"),
        ({"WORKSPACE_ID": "../up"}, "workspace"),
        ({"NEXUS_SANDBOX": "somewhere"}, "sandbox"),
        ({"NEXUS_SANDBOX_MEMORY_BYTES": "1"}, "sandbox_memory_bytes"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(tmp_path, environment, named):
    with pytest.raises(SettingsError, match=named):
        load({}, environment, tmp_path)


@pytest.mark.parametrize("text", ["prot = 1", "port = ", "port = 'x'"])
def test_a_file_that_cannot_be_right_is_refused(tmp_path, text):
    (tmp_path / "nexus.toml").write_text(text)
    with pytest.raises(SettingsError):
        load({}, {}, tmp_path)


def test_the_password_of_the_database_is_not_shown():
    settings = Settings.model_validate({"database_url": "postgresql://me:secret@host/db"})
    assert "secret" not in repr(settings)


def test_every_setting_is_explained():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
