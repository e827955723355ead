"""The wheel, installed where nothing of this repository is: both programs, a build, an answer."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from lab.site import free_port
from rag import __version__
from tests.conftest import CORPUS, write

ROOT = Path(__file__).parents[1]
PARTS = ("rag", "pyproject.toml", "README.md", "LICENSE", "Makefile")
ASKED = "At what temperature is black tea steeped?"
PROGRAMS = ("footnote-rag", "rag")
ELSEWHERE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `make wheel` builds, from a copy of what it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    make = ["make", "--silent", "wheel", "--assume-old=.venv/installed"]
    subprocess.run(make, cwd=folder, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the installed programs; libraries are taken from this environment."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = (sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"))
    install = [*pip, "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, env=ELSEWHERE, check=True, capture_output=True)
    (site,) = folder.glob("lib/python3.*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def run(programs: Path, name: str, *arguments: str, cwd: Path) -> str:
    command = [str(programs / name), *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=ELSEWHERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_the_program_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name == f"footnote_rag-{__version__}-py3-none-any.whl"
    assert {name.split("/")[0] for name in names} == {
        "rag",
        f"footnote_rag-{__version__}.dist-info",
    }
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rag").rglob("*")}
    data = {
        name for name in files if name.endswith((".html", ".css", ".js", ".json", ".safetensors"))
    }
    assert data
    assert data <= set(names)


def test_both_programs_build_and_answer(programs: Path, tmp_path: Path) -> None:
    write(tmp_path / "corpus", CORPUS)
    for name in PROGRAMS:
        assert run(programs, name, "--version", cwd=tmp_path) == f"rag {__version__}\n"
    run(programs, "footnote-rag", "build", cwd=tmp_path)
    answer = run(programs, "footnote-rag", "ask", *ASKED.split(), cwd=tmp_path)
    assert "95 degrees" in answer
    assert run(programs, "rag", "ask", ASKED, cwd=tmp_path) == answer


def test_the_page_and_rest_are_served_from_the_wheel(programs: Path, tmp_path: Path) -> None:
    write(tmp_path / "corpus", CORPUS)
    run(programs, "footnote-rag", "build", cwd=tmp_path)
    port = free_port()
    command = [str(programs / "footnote-rag"), "serve", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=ELSEWHERE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        assert "is running at" in server.stdout.readline()
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                transport=httpx.HTTPTransport(retries=5),
                timeout=60,
            ) as client:
                wait_for(client)
                scripts = re.findall(r'src=\\?"(/[\w./-]+\.js)', client.get("/").text)
                assert scripts
                for path in ("/docs", "/openapi.json", "/css/source.css", *scripts):
                    assert client.get(path).status_code == 200
                asked = client.post("/api/v1/ask", json={"question": ASKED}).json()
                assert "95 degrees" in asked["text"]
        finally:
            server.terminate()


def wait_for(client: httpx.Client) -> None:
    """Wait until the server, which has announced itself, accepts connections."""
    while True:
        try:
            client.get("/docs")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
