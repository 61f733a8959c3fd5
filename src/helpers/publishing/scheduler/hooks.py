"""Notifications: a command or a mail that carries the report, the period, the reason and what to type.

No client data goes out, nor a secret. A hook that fails is one line on stderr, and False for who called it: nothing
that goes wrong in one stops a report.
"""

import os
import re
import shlex
import smtplib
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from helpers.errors import BadConfiguration, ReportError
from helpers.publishing.archive import Run
from helpers.publishing.child import FOLDER, RUNNER, Limits, call, workplace
from helpers.publishing.scheduler.due import Task
from helpers.settings.schedule import Hook, Mail
from helpers.settings.secrets import scrubbed

SECONDS = 30
BOUNDS = Limits(seconds=240)  # a command, a PDF and a mail
WRONG_SERVER = (
    "CLIENT_RATING_SMTP must be smtp://host:25, smtp://user:password@host:587 or smtps://…; in the user and the "
    "password write % as %25, / as %2F, @ as %40, : as %3A, # as %23, ? as %3F"
)
QUOTABLE = (OSError, subprocess.SubprocessError, smtplib.SMTPException, ReportError)
ESCAPED = re.compile(r"(?:[^%\s]|%[0-9A-Fa-f]{2})*")
Warn = Callable[[str], None]


def how_to_run(task: Task) -> str:
    """The command that makes the report again, by hand."""
    return f"client-rating run params/{shlex.quote(task.job.params)} -p period {task.period.name}"


def notify_success(hook: Hook, run: Run, page: Path, warn: Warn) -> bool:
    """Notify that a report was published, and where."""
    text = f"{run.title} is published:\n{_link(page)}\n"
    return _notify(hook, run, f"Published: {run.title}", text, warn, page)


def notify_failure(hook: Hook, task: Task, warn: Warn) -> bool:
    """Notify that a report was given up, why, and how to run it again."""
    last = task.attempts[-1]
    error = last.error
    lines = [
        f"{task.title}, due {task.tick:%Y-%m-%d %H:%M %Z}, was not published.",
        f"Attempts: {len(task.attempts)}. Exit code {error.get('exit_code')}: {error.get('message', 'unknown')}",
        f"To run again: {how_to_run(task)}",
    ]
    return _notify(hook, last, f"Not published: {task.title}", scrubbed("\n".join(lines)) + "\n", warn)


def _link(page: Path) -> str:
    """Where readers find it: below CLIENT_RATING_URL when the published folder is served, else the file."""
    base = os.environ.get("CLIENT_RATING_URL")
    return f"{base.rstrip('/')}/{quote('/'.join(page.parts[-4:]))}" if base else page.as_uri()


def _notify(hook: Hook, run: Run, subject: str, text: str, warn: Warn, page: Path | None = None) -> bool:
    about = {"SUBJECT": subject, "COMPANY": run.manifest["company"], "REPORT": run.manifest["report"],
             "PERIOD": run.period}  # fmt: skip
    environment = os.environ | {f"CLIENT_RATING_{name}": value for name, value in about.items()}
    with tempfile.TemporaryDirectory() as folder, workplace(Path(folder), Path.cwd(), BOUNDS) as place:
        environment |= {FOLDER: folder, RUNNER: str(os.getpid())}
        try:
            reason = call(place, deliver, hook, subject, text, page, place.root, environment)
        except ReportError as error:
            reason = f"{type(error).__name__}: {error}"
    if reason:
        warn(scrubbed(f"{run.title}: the hook failed: {reason}"))
    return not reason


def deliver(
    hook: Hook, subject: str, text: str, page: Path | None, root: Path, environment: dict[str, str]
) -> str | None:
    """In a child, with which all goes that it starts: run the hook's command and send its mail; why that failed."""
    try:
        if hook.command:
            subprocess.run(hook.command, input=text.encode(), cwd=root, env=environment, timeout=SECONDS, check=True,
                           stdout=subprocess.DEVNULL)  # fmt: skip
        if hook.mail:
            _send(hook.mail, subject, text, page)
    except Exception as error:
        # The words of an error that nobody foresaw may quote a secret in part, which cannot be scrubbed.
        return type(error).__name__ + (f": {error}" if isinstance(error, QUOTABLE) else "")
    return None


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out, by CLIENT_RATING_SMTP."""

    is_encrypted: bool
    host: str
    port: int
    user: str | None
    password: str = field(repr=False)


def mail_server(address: str) -> MailServer:
    """The parts of `smtp://user:password@host:587`; BadConfiguration, which quotes nothing of it, when it is wrong."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadConfiguration(WRONG_SERVER) from None
    login = parts.netloc.rpartition("@")[0]
    is_login = ESCAPED.fullmatch(login) and "@" not in login and login.count(":") < 2
    is_server = parts.scheme in ("smtp", "smtps") and host and parts.path in ("", "/")
    if not (is_login and is_server) or parts.query or parts.fragment:
        raise BadConfiguration(WRONG_SERVER)
    user = unquote(parts.username) if parts.username is not None else None
    return MailServer(parts.scheme == "smtps", host or "", port or 0, user, unquote(parts.password or ""))


def mail_server_of_environment() -> MailServer:
    """The server that CLIENT_RATING_SMTP names, else this machine's own."""
    return mail_server(os.environ.get("CLIENT_RATING_SMTP", "smtp://localhost:25"))


def _send(mail: Mail, subject: str, text: str, page: Path | None) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, mail.sender, ", ".join(mail.to)
    message.set_content(text)
    if page and mail.attach_pdf:
        message.add_attachment(_pdf(page), maintype="application", subtype="pdf", filename=f"{page.parent.name}.pdf")
    server = mail_server_of_environment()
    connect = smtplib.SMTP_SSL if server.is_encrypted else smtplib.SMTP
    with connect(server.host, server.port, timeout=SECONDS) as smtp:
        if server.user:
            if not server.is_encrypted:
                smtp.starttls()
            smtp.login(server.user, server.password)
        smtp.send_message(message)


def _pdf(page: Path) -> bytes:
    from helpers.page.pdf import write_pdf

    with tempfile.TemporaryDirectory() as folder:
        write_pdf(page, Path(folder) / "page.pdf")
        return (Path(folder) / "page.pdf").read_bytes()
