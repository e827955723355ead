"""Settings: the command line wins over the environment, the environment over the file."""

import json
import logging
from pathlib import Path

import pytest

from rag import RagError
from rag.cli import main
from rag.cli.arguments import make_parser
from rag.cli.logs import start_log
from rag.cli.settings import parsed

FILE = """
port = 8001
public = true
public-url = ["https://a.example.org", "https://b.example.org"]
threshold = 0.5
encoder = "other"
"""


def options(file: Path, *words: str, **environment: str) -> dict[str, object]:
    arguments = [*words, "--settings", str(file)]
    return vars(parsed(make_parser(), arguments, environment))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(file: Path) -> None:
    found = options(file, "serve")
    assert (found["port"], found["public"], found["threshold"]) == (8001, True, 0.5)
    assert found["public_url"] == ["https://a.example.org", "https://b.example.org"]
    assert found["host"] == "127.0.0.1"
    environment = {"FOOTNOTE_PORT": "8002", "FOOTNOTE_PUBLIC": "no", "FOOTNOTE_HOST": ""}
    environment["FOOTNOTE_PUBLIC_URL"] = "https://c.example.org, https://d.example.org"
    found = options(file, "serve", **environment)
    assert (found["port"], found["public"], found["host"]) == (8002, False, "127.0.0.1")
    assert found["public_url"] == ["https://c.example.org", "https://d.example.org"]
    words = ["serve", "--port", "8003", "--public", "--public-url", "https://e.example.org"]
    found = options(file, *words, **environment)
    assert (found["port"], found["public"]) == (8003, True)
    assert found["public_url"] == ["https://e.example.org"]
    assert options(file, "serve", "--no-public")["public"] is False


def test_a_setting_reaches_every_command_that_has_its_option(file: Path) -> None:
    found = options(file, "ask", "why", FOOTNOTE_INDEX="here")
    assert (found["index"], found["threshold"]) == (Path("here"), 0.5)
    assert "port" not in found
    assert options(file, "build")["encoder"] == "other"
    assert options(file, "build", FOOTNOTE_WORKERS="tcp://h:1")["workers"] == "tcp://h:1"
    named = parsed(make_parser(), ["ask", "why"], {"FOOTNOTE_SETTINGS": str(file)})
    assert named.threshold == 0.5


@pytest.mark.parametrize(
    ("text", "editors"),
    [
        ("Ann Lee", ["Ann Lee"]),
        ("Ann Lee,  Bo ,", ["Ann Lee", "Bo"]),
        ("Lee, Ann\nBo\n", ["Lee, Ann", "Bo"]),
        ("\n", []),
    ],
)
def test_values_in_a_variable_are_apart_by_commas_or_lines(
    file: Path, text: str, editors: list[str]
) -> None:
    assert options(file, "serve", FOOTNOTE_EDITOR=text)["editor"] == editors


LINKS = {  # what Kubernetes sets for Services named footnote and footnote-db
    "FOOTNOTE_SERVICE_HOST": "10.0.0.7",
    "FOOTNOTE_SERVICE_PORT": "80",
    "FOOTNOTE_SERVICE_PORT_HTTP": "80",
    "FOOTNOTE_PORT": "tcp://10.0.0.7:80",
    "FOOTNOTE_PORT_80_TCP": "tcp://10.0.0.7:80",
    "FOOTNOTE_PORT_80_TCP_PROTO": "tcp",
    "FOOTNOTE_PORT_80_TCP_PORT": "80",
    "FOOTNOTE_PORT_80_TCP_ADDR": "10.0.0.7",
    "FOOTNOTE_DB_SERVICE_HOST": "10.0.0.8",
    "FOOTNOTE_DB_PORT": "udp://[fd00::1]:53",
}


def test_what_kubernetes_sets_for_a_service_is_ignored_and_logged_in_one_line(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = options(file, "serve", **LINKS)
    assert (found["port"], found.get("ignored")) == (8001, sorted(LINKS))
    handlers = logging.root.handlers[:]
    logging.root.handlers.clear()
    try:
        start_log(as_json=True, ignored=sorted(LINKS))
    finally:
        logging.root.handlers[:] = handlers
    (line,) = capsys.readouterr().err.splitlines()
    assert "are of Kubernetes and no settings" in json.loads(line)["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOOTNOTE_PORT", "tpc://10.0.0.7:80"),
        ("FOOTNOTE_PORTS", "tcp://10.0.0.7:80"),
        ("FOOTNOTE_SERVICE", "10.0.0.7"),
        ("FOOTNOTE_PORT_TCP", "80"),
        ("FOOTNOTE_HOSTS", "10.0.0.7"),
    ],
)
def test_what_only_resembles_a_variable_of_kubernetes_is_still_an_error(
    file: Path, name: str, value: str
) -> None:
    with pytest.raises(RagError, match=name):
        options(file, "serve", **{name: value})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("prot = 1", "prot in {file} is no setting. Did you mean port?"),
        ("public_url = []", "public_url in {file} is no setting. Did you mean public-url?"),
        ("x = 1", "x in {file} is no setting. The settings are: "),
        ("port = 'a'", "port in {file} is wrong: a is not a whole number"),
        ("port = true", "port in {file} is True. Write one text or number"),
        ("public = 3", "public in {file} is 3. Write true or false"),
        ("log = 'xml'", "log in {file} is 'xml'. Choose one of: text, json"),
        ("port", "The settings in {file} cannot be read: "),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_it(file: Path, text: str, error: str) -> None:
    file.write_text(text)
    with pytest.raises(RagError) as raised:
        options(file, "serve")
    assert str(raised.value).startswith(error.format(file=file))


def test_an_unknown_variable_is_one_line_that_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_TRESHOLD", "0.5")
    assert main(["status"]) == 1
    assert capsys.readouterr().err == (
        "rag: FOOTNOTE_TRESHOLD in the environment is no setting. "
        "Did you mean FOOTNOTE_THRESHOLD?\n"
    )
