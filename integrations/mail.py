"""Mail by SMTP: one connection a message, with a limit on every wait."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from plugin.errors import BadAnswer, OutcomeUnknown, Unreachable
from plugin.ports.mail import Mail
from plugin.ports.transaction import is_writing

SECONDS = 10.0
_REFUSED = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """From smtps://user:password@host:465, or smtp:// (port 587, upgraded by STARTTLS; without it
    only on this machine)."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    at_once: bool

    @classmethod
    def of(cls, url: str) -> Server:
        parts = urlsplit(url)
        at_once = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (465 if at_once else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            at_once=at_once,
        )

    @property
    def here(self) -> bool:
        return self.host in ("127.0.0.1", "localhost", "::1")


def smtp_mail(url: str, sender: str) -> Mail:
    """A way out through this server, in the name of `sender`."""
    server = Server.of(url)

    def send(to: Sequence[str], subject: str, text: str) -> None:
        if is_writing():
            raise RuntimeError("called inside a writing transaction")
        message = _message(sender, subject, text)
        try:
            connected = _connect(server)
        except smtplib.SMTPAuthenticationError as error:
            raise BadAnswer("mail_refused") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable("mail_unreachable") from error
        try:
            connected.send_message(message, sender, list(to))
        except _REFUSED as error:
            raise BadAnswer("mail_refused") from error
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown("mail_unsure") from error
        finally:
            connected.close()

    return send


def _connect(server: Server) -> smtplib.SMTP:
    trusted = ssl.create_default_context()
    if server.at_once:
        connected: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=SECONDS, context=trusted
        )
    else:
        connected = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        if not server.at_once and (connected.has_extn("starttls") or not server.here):
            connected.starttls(context=trusted)
        if server.user:
            connected.login(server.user, server.password)
    except BaseException:
        connected.close()
        raise
    return connected


def _message(sender: str, subject: str, text: str) -> EmailMessage:
    """Addressed to the sender: who else gets it is on the envelope alone."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = sender
    message["Subject"] = subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
