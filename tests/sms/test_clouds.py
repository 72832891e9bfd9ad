"""Both clouds over real sockets: what they take, what each of their refusals means, and what nobody can know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.sms import Doubtful, NotSent, Sent, Why
from bot.sms.aliyun import refused as aliyun_says
from bot.sms.tencent import refused as tencent_says
from handlers.codes import Sms
from tests.sms.conftest import CODE, CODE_ARRIVES, NOTICE, NOTICE_ARRIVES, Office

CLOUDS = pytest.mark.parametrize("cloud", ["tencent", "aliyun"])


async def _says(office: Office, cloud: str, sms: Sms = CODE, **changes: Any) -> Any:
    """What the one provider answers."""
    (provider,) = office.providers(provider=cloud, second="", **changes)
    return await provider.send(sms)


@CLOUDS
async def test_a_code_and_a_notice_arrive(office: Office, cloud: str) -> None:
    """Signed by us, checked by the simulator's own reading of the documents, filled into the approved template, under the cloud's id."""
    outcome = await _says(office, cloud)
    assert isinstance(outcome, Sent)
    assert outcome.message_id
    office.clock.advance(61)
    assert isinstance(await _says(office, cloud, NOTICE), Sent)
    assert office.arrived() == [CODE_ARRIVES, NOTICE_ARRIVES]


@CLOUDS
async def test_the_limits_of_a_number_are_told_with_their_pause(office: Office, cloud: str) -> None:
    """One a minute, five an hour, ten a day; none of them is a reason to ask another provider."""
    answers = []
    for _ in range(11):
        answers.append(await _says(office, cloud))
        first = await _says(office, cloud)
        assert (first.why, first.elsewhere, first.later) == (Why.LIMIT, False, True)
        answers.append(first.again_in)
        office.clock.advance(61 if len(answers) % 10 else 3600)
    pauses = [one for one in answers if isinstance(one, timedelta)]
    short = timedelta(seconds=30) if cloud == "tencent" else timedelta(minutes=1)
    assert pauses == [short] * 10 + [timedelta(days=1)]
    assert len(office.arrived()) == 10


@CLOUDS
async def test_five_an_hour(office: Office, cloud: str) -> None:
    """The sixth has to wait an hour."""
    for _ in range(5):
        assert isinstance(await _says(office, cloud), Sent)
        office.clock.advance(61)
    assert (await _says(office, cloud)).again_in == timedelta(hours=1)


@pytest.mark.parametrize(
    ("cloud", "changes", "phone", "why"),
    [
        ("tencent", {"tencent_secret_key": "stolen"}, "", Why.ACCOUNT),
        ("tencent", {"tencent_secret_id": "nobody"}, "", Why.ACCOUNT),
        ("tencent", {"tencent_app_id": "1"}, "", Why.ACCOUNT),
        ("tencent", {"tencent_sign": "别家"}, "", Why.TEMPLATE),
        ("tencent", {"tencent_code_template": "9"}, "", Why.TEMPLATE),
        ("tencent", {"tencent_code_params": ("code",)}, "", Why.TEMPLATE),
        ("tencent", {}, "12345", Why.NUMBER),
        ("aliyun", {"aliyun_key_secret": "stolen"}, "", Why.ACCOUNT),
        ("aliyun", {"aliyun_key_id": "nobody"}, "", Why.ACCOUNT),
        ("aliyun", {"aliyun_sign": "别家"}, "", Why.TEMPLATE),
        ("aliyun", {"aliyun_code_template": "SMS_9"}, "", Why.TEMPLATE),
        ("aliyun", {"aliyun_code_params": ("code",)}, "", Why.TEMPLATE),
        ("aliyun", {}, "12345", Why.NUMBER),
    ],
)
async def test_what_is_wrong_is_told_apart(office: Office, cloud: str, changes: Any, phone: str, why: Why) -> None:
    """Keys, templates and numbers: each is certainly not sent, and only a number that does not exist is nowhere to be tried again."""
    outcome = await _says(office, cloud, replace(CODE, phone=phone or CODE.phone), **changes)
    assert isinstance(outcome, NotSent)
    assert (outcome.why, outcome.elsewhere) == (why, why is not Why.NUMBER)
    assert office.sim.world.sms == []


@CLOUDS
async def test_a_clock_that_is_off_is_the_accounts_trouble(office: Office, cloud: str) -> None:
    """Signatures live for minutes: the refusal is definite."""

    class Late:
        def now(self) -> Any:
            return office.clock.now() - timedelta(minutes=20)

    (provider,) = office.providers(provider=cloud, second="")
    provider._clock = Late()
    outcome = await provider.send(CODE)
    assert (outcome.why, outcome.elsewhere) == (Why.ACCOUNT, True)


@CLOUDS
async def test_without_a_template_nothing_is_asked(office: Office, cloud: str) -> None:
    """No notice template, or a parameter that this message has not: told without a call."""
    none: dict[str, Any] = {f"{cloud}_notice_template": ""}
    first = await _says(office, cloud, NOTICE, **none)
    second = await _says(office, cloud, replace(NOTICE, params={"name": "张*国"}))
    assert [first, second] == [NotSent(Why.TEMPLATE, "no template for notice"), NotSent(Why.TEMPLATE, "nothing for what")]
    assert office.clouds.calls == []


@CLOUDS
async def test_an_answer_that_never_comes_is_doubtful(office: Office, cloud: str) -> None:
    """The message has arrived, and we cannot know it; a 502 without a body neither."""
    office.fault(timeout=1)
    assert isinstance(await _says(office, cloud), Doubtful)
    assert office.arrived() == [CODE_ARRIVES]
    office.fault(broken=1)
    assert await _says(office, cloud) == Doubtful("HTTP 502")


@CLOUDS
async def test_nobody_at_the_address_is_certainly_not_sent(office: Office, cloud: str, unused_tcp_port: int) -> None:
    """The connection is refused before anything is written."""
    away: dict[str, Any] = {f"{cloud}_api_base": f"http://127.0.0.1:{unused_tcp_port}"}
    outcome = await _says(office, cloud, **away)
    assert outcome == NotSent(Why.AWAY, "no connection")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", Why.LIMIT),
        ("LimitExceeded.PhoneNumberSameContentDailyLimit", Why.LIMIT),
        ("LimitExceeded.AppDailyLimit", Why.QUOTA),
        ("RequestLimitExceeded", Why.QUOTA),
        ("FailedOperation.PhoneNumberInBlacklist", Why.NUMBER),
        ("FailedOperation.InsufficientBalanceInSmsPackage", Why.BALANCE),
        ("UnauthorizedOperation.ServiceSuspendDueToArrears", Why.BALANCE),
        ("FailedOperation.ContainSensitiveWord", Why.TEMPLATE),
        ("InvalidParameterValue.TemplateParameterLengthLimit", Why.TEMPLATE),
        ("UnauthorizedOperation.RequestIpNotInWhitelist", Why.ACCOUNT),
        ("AuthFailure.SignatureExpire", Why.ACCOUNT),
        ("InternalError.Timeout", None),
        ("InternalError", None),
        ("SomethingNew", None),
        ("", None),
    ],
)
def test_what_tencents_codes_mean(code: str, why: Why | None) -> None:
    """A documented refusal was not sent; the cloud's own failures and what we do not know may have been."""
    said = tencent_says(code)
    assert said == Doubtful(code) if why is None else isinstance(said, NotSent) and said.why is why


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", Why.LIMIT),
        ("isv.MOBILE_NUMBER_ILLEGAL", Why.NUMBER),
        ("isv.AMOUNT_NOT_ENOUGH", Why.BALANCE),
        ("isv.OUT_OF_SERVICE", Why.BALANCE),
        ("isv.DAY_LIMIT_CONTROL", Why.QUOTA),
        ("Throttling.User", Why.QUOTA),
        ("isv.PRODUCT_UN_SUBSCRIPT", Why.ACCOUNT),
        ("isp.RAM_PERMISSION_DENY", Why.ACCOUNT),
        ("SignatureNonceUsed", Why.ACCOUNT),
        ("isv.SMS_TEMPLATE_ILLEGAL", Why.TEMPLATE),
        ("isv.BLACK_KEY_CONTROL_LIMIT", Why.TEMPLATE),
        ("MissingPhoneNumbers", Why.TEMPLATE),
        ("isp.SYSTEM_ERROR", None),
        ("ServiceUnavailable", None),
        ("", None),
    ],
)
def test_what_aliyuns_codes_mean(code: str, why: Why | None) -> None:
    """What is the caller's fault was not sent; the cloud's own failures and what we do not know may have been."""
    said = aliyun_says(code)
    assert said == Doubtful(code) if why is None else isinstance(said, NotSent) and said.why is why
