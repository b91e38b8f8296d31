"""Mail by SMTP to a pretend server: what left, what certainly did not, what nobody knows."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from integrations.mail import Server, smtp_mail
from plugin.errors import BadAnswer, OutcomeUnknown, Unreachable
from plugin.ports.transaction import marked_writing

USUAL = {"DATA": "354 go on", "QUIT": "221 bye"}


@dataclass
class Post:
    """A server that speaks just enough SMTP; `says` replaces its answer to a word."""

    says: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class _Line(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        post: Post = self.server.post  # type: ignore[attr-defined]
        self._say("220 pretend")
        while line := self.rfile.readline().decode().strip():
            post.heard.append(line)
            word = line.split(maxsplit=1)[0].upper()
            answer = post.says.get(word, USUAL.get(word, "250 ok"))
            self._say(answer)
            if word == "QUIT":
                return
            if word == "DATA" and answer.startswith("354"):
                letter = []
                while (text := self.rfile.readline().decode()) not in (".\r\n", ""):
                    letter.append(text)
                post.letters.append("".join(letter))
                if (end := post.says.get(".", "250 taken")) == "hang up":
                    return
                self._say(end)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Line) as server:
        server.daemon_threads = True
        server.post = made  # type: ignore[attr-defined]
        made.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        server.shutdown()


def write(post: Post) -> None:
    to = ["olga@shop.example", "marta@shop.example"]
    smtp_mail(post.url, "mostrador@shop.example")(to, "Algo espera", "Está en el panel.\n")


def test_one_letter_for_all_and_nobody_sees_the_others(post: Post) -> None:
    write(post)

    assert [line for line in post.heard if line.upper().startswith("RCPT")] == [
        "rcpt TO:<olga@shop.example>", "rcpt TO:<marta@shop.example>",
    ]  # fmt: skip
    (letter,) = post.letters
    assert "Subject: Algo espera" in letter
    assert "To: mostrador@shop.example" in letter
    assert "olga" not in letter
    assert "Auto-Submitted: auto-generated" in letter


@pytest.mark.parametrize(("word", "answer"), [("MAIL", "550 no"), ("RCPT", "550 no"),
                                              ("DATA", "554 no"), (".", "554 spam")])  # fmt: skip
def test_a_refusal_certainly_sent_nothing(post: Post, word: str, answer: str) -> None:
    post.says[word] = answer

    with pytest.raises(BadAnswer, match="mail_refused"):
        write(post)


def test_an_answer_lost_at_the_end_is_not_known(post: Post) -> None:
    post.says["."] = "hang up"

    with pytest.raises(OutcomeUnknown, match="mail_unsure"):
        write(post)


def test_a_server_that_is_not_there_certainly_sent_nothing() -> None:
    gone = Post(port=1)

    with pytest.raises(Unreachable, match="mail_unreachable"):
        write(gone)


def test_a_password_never_leaves_without_encryption() -> None:
    server = Server.of("smtp://ana:p%40ss@mail.example.com")

    assert (server.port, server.user, server.password, server.here) == (587, "ana", "p@ss", False)
    assert "p@ss" not in repr(server)
    assert Server.of("smtps://mail.example.com").port == 465


def test_nothing_is_sent_inside_a_writing_transaction(post: Post) -> None:
    with marked_writing(), pytest.raises(RuntimeError, match="writing"):
        write(post)
    assert post.heard == []
