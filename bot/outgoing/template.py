"""The rung `template`: a template message (wechat.md A8), once for each `client_msg_id`."""

from __future__ import annotations

from bot.config import Config
from bot.config import Reminders as Settings
from bot.metrics import Metrics
from bot.outgoing.verdicts import Verdicts
from bot.wechat import ApiError, WeChatApi
from handlers.reminders.cards import hint_with_word
from handlers.reminders.channels import Letter, Outcome, Refused, Taken, Words
from handlers.reminders.wording import NO_WORD
from storage.ports.record import Record

_LENGTHS = {"thing": 20, "name": 10, "character_string": 32, "phrase": 5}
"""Longer words would have the whole message refused (wechat.md A8)."""


class Form(Record):
    """A template of the account and the keys of its fields; `word` '' where it has no place for the 暗号, which then begins the hint."""

    template_id: str
    holder: str
    subject: str
    due: str
    hint: str
    word: str = ""

    def filled(self, words: Words) -> dict[str, str]:
        """The values, each cut to what its field takes."""
        hint = words.hint if self.word else hint_with_word(words)
        told = {self.holder: words.holder, self.subject: words.subject, self.due: words.due, self.hint: hint}
        if self.word:
            told[self.word] = words.word or NO_WORD
        return {key: fitted(key, value) for key, value in told.items()}


def fitted(key: str, value: str) -> str:
    """On one line, and no longer than the field of that key; what was cut ends in …, a name does not."""
    kind = key.rstrip("0123456789")
    line, most = " ".join(value.split()), _LENGTHS.get(kind, 0)
    if not most or len(line) <= most:
        return line
    return line[:most] if kind == "name" else f"{line[: most - 1]}…"


def form_of(settings: Settings, kind: str) -> Form:
    """The template of a kind of notices: its own where one is configured, else the one of 认证."""
    own = {
        "P-PAUSED": (settings.paused_template_id, settings.paused_keys),
        "P-PENSION": (settings.pension_template_id, settings.pension_keys),
    }
    template_id, keys = own.get(kind, ("", ()))
    if template_id:
        holder, subject, due, hint = keys
        return Form(template_id, holder, subject, due, hint)
    return Form(
        settings.template_id,
        settings.key_holder,
        settings.key_subject,
        settings.key_due,
        settings.key_hint,
        settings.key_word,
    )


class TemplateSending:
    """Implements `handlers.reminders.channels.Sending`. May be called again with the same letter for ten minutes."""

    def __init__(self, api: WeChatApi, config: Config, metrics: Metrics, verdicts: Verdicts) -> None:
        self._api = api
        self._settings = config.reminders
        self._can = config.can_notify
        self._metrics = metrics
        self._verdicts = verdicts
        self._forms: dict[str, Form] = {}

    async def send(self, letter: Letter) -> Outcome:
        kind = letter.notice.kind
        form = self._forms.get(kind) or self._forms.setdefault(kind, form_of(self._settings, kind))
        if not self._can or not form.template_id:
            return Refused("no template")
        if letter.user is None:
            return Refused("no chat")
        openid = letter.user.openid
        try:
            msg_id = await self._api.send_template(openid, form.template_id, "", form.filled(letter.words), letter.client_msg_id)
        except ApiError as error:
            self._metrics.sends.labels("template", error.kind.value).inc()
            return await self._verdicts.of(error, openid, again=True)
        self._metrics.sends.labels("template", "ok").inc()
        return Taken(msg_id, receipt=True)
