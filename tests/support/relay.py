"""A wire between plugin and service that a test can count on, slow down and cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Literal

Mode = Literal["pass", "hang", "cut", "garbage"]


class Relay:
    """Listens on `port`, hands every connection on to `target`, counts them.

    hang: takes the connection and never answers; cut: closes it at once; garbage:
    answers `body`, by default HTML, as a wrong program on that port would.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.mode: Mode = "pass"
        self.body = b"<html>"
        self.connections = 0
        self._held: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for one in self._held:
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(
                    target=self._handle, args=(client,), daemon=True
                ).start()

    def _handle(self, client: socket.socket) -> None:
        if self.mode == "hang":
            self._held.append(client)
        elif self.mode == "cut":
            client.close()
        elif self.mode == "garbage":
            client.recv(65536)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(self.body)}\r\n\r\n"
            client.sendall(head.encode() + self.body)
            client.close()
        else:
            self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=10)
        except OSError:
            client.close()
            return
        threading.Thread(target=_pump, args=(client, server), daemon=True).start()
        _pump(server, client)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
