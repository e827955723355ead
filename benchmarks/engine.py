"""Real engines in processes of their own. A part of `benchmarks.kills` and `benchmarks.engines`.

The wheel `milvus` carries a server of Milvus 2.3.5, milvus-lite has one of its own:

    pip install --no-deps --target FOLDER milvus==2.3.5
    PYTHONPATH=FOLDER:.venv/milvus:. python -m benchmarks.kills
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.errors import StoreError
from rag.index.address import Address
from rag.index.milvus import Milvus

READY = 300.0  # seconds within which an engine answers after its start


class RealMilvus:
    """A server of Milvus 2.3.5 on a free port, which can be killed and started again.

    After `lease` seconds it takes a killed process for dead, and loads again what that had loaded.
    With few, it ends by itself on a machine that has no time for it.
    """

    def __init__(self, folder: Path, lease: int = 30) -> None:
        from milvus import MilvusServer

        self._server = MilvusServer()
        self._server.set_base_dir(str(folder))
        self._server.config.set("common.session.ttl", lease)
        self._server.show_startup_banner = False
        self._server.start()
        self._folder = folder
        self._process: subprocess.Popen[bytes] = self._server.server_proc
        # with the ports of now, since the next start would avoid those that are just closing
        environment = Path(f"/proc/{self._process.pid}/environ").read_bytes().split(b"\0")
        self._environment = dict(one.split(b"=", 1) for one in environment if b"=" in one)
        self.address = f"milvus://127.0.0.1:{self._server.listen_port}"
        wait(f"{self.address}/nothing")

    def start(self) -> float:
        """Start it again, wait until it answers, and return the seconds."""
        began = time.monotonic()
        program = self._server.get_milvus_executable_path()
        with (self._folder / "again.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "run", "standalone"],
                cwd=self._folder, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        wait(f"{self.address}/nothing")
        return time.monotonic() - began

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()

    stop = kill


@contextmanager
def lite_server(folder: Path, port: int) -> Iterator[str]:
    """Run the server of milvus-lite until the block ends; yield its address."""
    command = [sys.executable, "-m", "milvus_lite", "server"]
    options = ["--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as process:
        try:
            address = f"milvus://127.0.0.1:{port}"
            wait(f"{address}/nothing")
            yield address
        finally:
            process.terminate()


def wait(store: str) -> None:
    """Wait until the engine of a store answers; raises StoreError if it does not."""
    until = time.monotonic() + READY
    while time.monotonic() < until:
        with suppress(StoreError):
            Milvus(Address.of(store)).is_lenient()
            return
        time.sleep(0.2)
    raise StoreError(f"The engine of {store} did not start within {READY:.0f} s")
