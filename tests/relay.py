"""A real mail server in processes of its own, which writes down what it takes and can be given faults while it runs.

`with Relay(folder) as relay`: what it took is in `relay.taken()`, also of a process that was killed since. Several
processes share the port (SO_REUSEPORT), where one would be what everything waits for.
"""

import asyncio
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP

PROJECT = Path(__file__).resolve().parent.parent
_AT_ONCE = struct.pack("ii", 1, 0)  # closed with this, a socket sends a reset and not a farewell
_MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)", re.IGNORECASE | re.MULTILINE)
SLOW = 0.05  # seconds for each mail


@dataclass(frozen=True)
class Taken:
    address: str
    message_id: str


class Relay:
    """`mode` is one of: well, 421, 451, 550 (to those whose number is divisible by 3), hang, reset, slow."""

    def __init__(self, folder: Path, *, processes: int = 1) -> None:
        self.folder, self.port = folder, _free_port()
        self._count = processes
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Relay":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.be("well")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.relay", str(self.port), str(self.folder)]
        self._processes = [
            subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL) for _ in range(self._count)
        ]
        for process in self._processes:
            while not (self.folder / f"up.{process.pid}").exists():
                assert process.poll() is None, "The relay did not start."
                time.sleep(0.02)

    def stop(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._processes = []

    def be(self, mode: str) -> None:
        part = self.folder / "mode.part"
        part.write_text(mode)
        part.rename(self.folder / "mode")

    def taken(self) -> list[Taken]:
        lines = (line for path in self.folder.glob("taken.*") for line in path.read_text().splitlines())
        return [Taken(*line.split("\t")) for line in lines]

    def forget(self) -> None:
        for path in self.folder.glob("taken.*"):
            os.truncate(path, 0)

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class _Handler:
    def __init__(self, folder: Path) -> None:
        self._mode = folder / "mode"
        self._taken = os.open(folder / f"taken.{os.getpid()}", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        mode = self._mode.read_text()
        if mode == "hang":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(600)
        if mode == "slow":
            await asyncio.sleep(SLOW)
        if mode in {"421", "451"}:
            return f"{mode} 4.3.2 Not now"
        if mode == "550" and int("".join(filter(str.isdigit, address)) or 0) % 3 == 0:
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = _MESSAGE_ID.search(envelope.content)
        line = f"{envelope.rcpt_tos[0]}\t{found[1].decode() if found else ''}\n"
        os.write(self._taken, line.encode())  # before the answer, as a mail server must
        if self._mode.read_text() != "reset":
            return "250 OK"
        await server.push("250 OK")
        server.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        server.transport.abort()
        return ""


async def _serve(port: int, folder: Path) -> None:
    handler = _Handler(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, hostname="relay.example"),
        "127.0.0.1",
        port,
        reuse_port=True,
    )
    (folder / f"up.{os.getpid()}").touch()
    async with server:
        await server.serve_forever()


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
