"""The files for operators: their commands exist, and they give the server few rights."""

import configparser
import json
import logging
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import yaml

from lab.site import free_port
from rag import build
from rag.cli.arguments import make_parser
from rag.cli.logs import JsonLines
from rag.cli.settings import parsed
from rag.index.address import Address
from rag.web.doors import DOORS
from tests.conftest import CORPUS, write

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


def test_the_container_runs_our_command_without_root_and_checks_its_health() -> None:
    *_, last = CONTAINER.split("\nFROM ")
    assert last.index("\nUSER footnote\n") < last.index("\nENTRYPOINT ")
    (program,) = json.loads(last.split("\nENTRYPOINT ")[1].splitlines()[0])
    arguments = json.loads(last.split("\nCMD ")[1].splitlines()[0])
    assert f"{program} = " in (ROOT / "pyproject.toml").read_text()
    settings = dict(re.findall(r"\b(FOOTNOTE_\w+)=(\S+)", last))
    options = parsed(make_parser(), arguments, settings)
    assert (options.host, options.public, options.log) == ("0.0.0.0", True, "json")
    (path,) = re.findall(r"http://127\.0\.0\.1:7860(/[a-z/]+)", last)
    assert any(door.open and re.fullmatch(door.path, path) for door in DOORS)


def test_every_file_that_the_container_copies_exists() -> None:
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", CONTAINER, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert names
    assert all((ROOT / name).exists() for name in names)


def test_the_composed_service_can_write_only_its_index() -> None:
    environment = yaml.safe_load(COMPOSE)["services"]["footnote"]["environment"]
    assert environment["FOOTNOTE_PUBLIC_URL"].startswith("${FOOTNOTE_PUBLIC_URL:-http")
    assert environment["FOOTNOTE_TRUSTED_PROXY"] == "${FOOTNOTE_TRUSTED_PROXY:-}"
    assert parsed(make_parser(), ["serve"], {"FOOTNOTE_TRUSTED_PROXY": ""}).trusted_proxy == []
    for line in ("read_only: true", "- ALL", "no-new-privileges:true", ":/data/corpus:ro"):
        assert line in COMPOSE
    assert '"127.0.0.1:7860:7860"' in COMPOSE  # a proxy is in front
    (file,) = re.findall(r"dockerfile: (\S+)", COMPOSE)
    assert (ROOT / file).exists()


def test_four_servers_and_a_build_run_our_commands_on_the_store_that_is_composed() -> None:
    composed = yaml.safe_load((DEPLOY / "milvus.compose.yaml").read_text(encoding="utf-8"))
    services = composed["services"]
    conf = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    upstreams = re.findall(r"^upstream (\w+) (\{.*?^\})", conf, re.DOTALL | re.MULTILINE)
    (proxied, *others) = [re.findall(r"server (\w+):7860", block) for _, block in upstreams]
    assert proxied == [name for name in services if name.startswith("footnote")]
    assert len(proxied) == 4
    assert others == [proxied]
    assert set(re.findall(r"proxy_pass http://(\w+);", conf)) == {name for name, _ in upstreams}
    for name in (*proxied, "build"):
        options = make_parser().parse_args(services[name]["command"])
        assert services[name]["read_only"]
        assert services[name]["depends_on"]["milvus"]["condition"] == "service_healthy"
    (network,) = composed["networks"]["default"]["ipam"]["config"]
    first = make_parser().parse_args(services["footnote1"]["command"])
    assert first.trusted_proxy == [network["subnet"]]
    assert Address.of(options.store) == Address("http://milvus:19530", "footnote", "FLAT")
    used = {volume.split(":")[0] for one in services.values() for volume in one.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == composed["volumes"].keys()
    assert all(
        "image" not in one or re.search(r":[\w.-]*\d", one["image"]) for one in services.values()
    )


def test_the_values_for_helm_set_what_a_chart_for_a_cluster_knows() -> None:
    text = (DEPLOY / "milvus.values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    stores = [Address.of(store) for store in re.findall(r"milvus://[\w.:/?=]+", text)]
    assert [store.method for store in stores] == ["FLAT"]
    assert values["cluster"]["enabled"]
    assert values["service"]["type"] == "ClusterIP"
    assert set(yaml.safe_load(values["extraConfigFiles"]["user.yaml"])) == {
        "quotaAndLimits",
        "queryNode",
    }


def test_the_unit_runs_our_command_with_few_rights() -> None:
    unit = configparser.RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "footnote.service", encoding="utf-8")
    service = unit["Service"]
    program, *arguments = shlex.split(service["ExecStart"])
    assert Path(program).name == "footnote-rag"
    words = [word.replace("/etc/footnote/settings", f"{DEPLOY}/settings") for word in arguments]
    options = parsed(make_parser(), words, {})
    assert (options.log, options.public_url) == ("json", ["https://docs.example.org"])
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")
    assert service["User"] == "footnote"


def test_a_log_line_is_json_without_the_words_of_an_error() -> None:
    try:
        raise ValueError("the secret of a document")
    except ValueError:
        record = logging.LogRecord("rag", 40, "f.py", 1, "GET %s", ("/x",), sys.exc_info())
    fields = json.loads(JsonLines().format(record))
    assert (fields["level"], fields["message"], fields["error"]) == (
        "error",
        "GET /x",
        "ValueError",
    )
    assert "test_deploy.py" in fields["at"][0]
    assert "secret" not in json.dumps(fields)


def test_a_server_logs_each_answer_as_json_without_any_text(tmp_path: Path) -> None:
    build(write(tmp_path / "corpus", CORPUS), tmp_path / "index")
    port = str(free_port())
    command = [sys.executable, "-m", "rag", "serve", "--index", str(tmp_path / "index")]
    with subprocess.Popen(
        [*command, "--port", port, "--log", "json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdout
        assert "is running at" in server.stdout.readline()
        asked = {"question": "At what temperature is black tea steeped?"}
        with httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=60) as client:
            answer = client.post(f"http://127.0.0.1:{port}/api/v1/ask", json=asked)
            assert answer.status_code == 200
        server.terminate()
        _, printed = server.communicate(timeout=60)
    lines = [json.loads(line) for line in printed.splitlines()]
    (done,) = [line for line in lines if "worked" in line]
    (answered,) = [line for line in lines if "kind" in line]
    assert done["worked"] > 0
    assert (answered["kind"], answered["quotes"]) == (answer.json()["kind"], 1)
    assert not re.search("tea|steeped|95", " ".join(line["message"] for line in lines))
    assert "steeped" not in printed


def test_the_guides_name_every_file() -> None:
    guides = [ROOT / "docs" / name for name in ("deployment.md", "scaling.md")]
    text = "".join(guide.read_text(encoding="utf-8") for guide in guides)
    assert [path.name for path in DEPLOY.iterdir() if f"../deploy/{path.name}" not in text] == []
