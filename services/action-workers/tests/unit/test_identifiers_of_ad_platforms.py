"""What ad platforms are sent: identifiers by each platform's own published rules, and formats that their SDKs read."""

import csv
import hashlib
import io
from typing import Any
from uuid import UUID

import httpx
import pytest
from action_workers.providers import meta
from action_workers.providers.audiences import AudienceProvider
from action_workers.providers.changes import AudienceSettings, Change, Invalid
from action_workers.providers.google import Google, GoogleAccount, request
from action_workers.providers.google import refusal as google_refusal
from action_workers.providers.meta import Meta
from action_workers.providers.vk import Vk
from action_workers.providers.vk import refusal as vk_refusal
from action_workers.providers.yandex import Yandex, table
from chassis.errors import Rejected, Retryable
from google.ads import datamanager_v1

KEY = UUID(int=7)
META, GOOGLE = Meta.of("m", {"access_token": "x"}), Google.of("g", {"access_token": "x", "account": "1234567890"})
VK = Vk.of("v", {"access_token": "x", "account": "1", "hashing": "md5"})
YANDEX = Yandex.of("y", {"access_token": "x"})
# The examples that Meta's and Google's documentations print of the hash of one address and number.
PRINTED = {
    "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f": "john_smith@gmail.com",
    "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176": "16505551212",
}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  the one hash that VK takes


def test_the_printed_examples_are_hashed_as_printed() -> None:
    assert {sha(text): text for text in PRINTED.values()} == PRINTED
    assert set(META.identifiers("John_Smith@gmail.com", "+1 (650)-555-1212").values()) == set(PRINTED)


@pytest.mark.req("M6")
@pytest.mark.parametrize(
    ("platform", "email", "phone", "expected"),
    [
        (META, " Jane.Doe+shop@GMAIL.com", "+7 916 123-45-67", [sha("jane.doe+shop@gmail.com"), sha("79161234567")]),
        (GOOGLE, " Jane.Doe+shop@GMAIL.com", "+7 916 123-45-67", [sha("janedoe+shop@gmail.com"), sha("+79161234567")]),
        (GOOGLE, "a.b@googlemail.com", "", [sha("ab@googlemail.com")]),
        (GOOGLE, "a.b@example.com", "", [sha("a.b@example.com")]),
        (YANDEX, "Mail@Yandex.ru ", "+7 (999) 555-11-11", [sha("mail@yandex.ru"), sha("79995551111")]),
        (VK, "Mail@Yandex.ru ", "+7 (999) 555-11-11", [md5("mail@yandex.ru"), md5("79995551111")]),
        (YANDEX, "nobody", "8 (999) 555-11-11", []),
        (GOOGLE, "in side@gmail.com", "+7 916 ABC", []),
        (META, "a@b@c.example", "phone", []),
    ],
)
def test_each_platform_has_its_own_rules(platform: AudienceProvider, email: str, phone: str, expected: Any) -> None:
    assert [value for value in platform.identifiers(email, phone).values() if value] == expected


def test_somebody_without_identifiers_is_refused_in_words() -> None:
    with pytest.raises(Rejected, match="country code"):
        YANDEX.person("nobody", "8 999")


def test_vk_gets_nothing_where_nobody_allowed_the_weak_hash() -> None:
    strict = Vk.of("v", {"access_token": "x", "account": "1"})
    with pytest.raises(Rejected, match="hashing: md5"):
        strict.person("ana@example.com", "")


@pytest.mark.parametrize(
    ("platform", "settings", "refused"),
    [
        (GOOGLE, {"consent": "granted"}, ""),
        (VK, {"client": "5"}, ""),
        (META, {"consent": "granted"}, "Meta has no setting 'consent'"),
        (YANDEX, {"client": "5"}, "Yandex has no setting 'client'"),
    ],
)
def test_a_setting_of_another_platform_is_refused_by_name(
    platform: AudienceProvider, settings: dict[str, Any], refused: str
) -> None:
    read = AudienceSettings(**settings)
    if not refused:
        assert platform.understood(read) == read
        return
    with pytest.raises(Rejected, match=refused):
        platform.understood(read)


@pytest.mark.parametrize("add", [True, False])
def test_google_s_own_types_read_what_is_sent_and_lose_nothing(add: bool) -> None:  # noqa: FBT001  a case
    account = GoogleAccount.model_validate(
        {"account": "1234567890", "login_account": "9876543210", "access_token": "x"}
    )
    people = (GOOGLE.person("ana@example.com", "+351910000001"), GOOGLE.person("bo@example.com", ""))
    change = Change("238", add=add, people=people, key=KEY, settings=AudienceSettings(consent="granted"))
    written = request(account, change)
    types = datamanager_v1.IngestAudienceMembersRequest if add else datamanager_v1.RemoveAudienceMembersRequest
    read = types.from_json(httpx.Request("POST", "http://x", json=written).content)
    assert types.to_dict(read, use_integers_for_enums=False, preserving_proto_field_name=False) == types.to_dict(
        types(read), use_integers_for_enums=False, preserving_proto_field_name=False
    )
    assert (read.destinations[0].product_destination_id, read.encoding.name) == ("238", "HEX")
    assert [len(m.user_data.user_identifiers) for m in read.audience_members] == [2, 1]
    assert read.destinations[0].login_account.account_id == "9876543210"
    if add:
        assert read.consent.ad_user_data.name == "CONSENT_GRANTED"
        assert read.terms_of_service.customer_match_terms_of_service_status.name == "ACCEPTED"


def test_yandex_s_table_has_a_header_and_a_row_for_each() -> None:
    rows = list(csv.reader(io.StringIO(table([{"email": "a", "phone": "b"}, {"phone": "c"}]).decode())))
    assert rows == [["email", "phone"], ["a", "b"], ["", "c"]]


@pytest.mark.parametrize(
    ("samples", "wrong", "places"),
    [
        ({"['aa', 'bb']": "not SHA-256"}, 1, {0}),
        (["bb", "cc"], 2, {0, 1}),
        ({"cc": "x"}, 2, set()),
        ({}, 1, set()),
        (None, 1, set()),
    ],
)
def test_meta_names_some_of_those_whom_it_cannot_use(samples: Any, wrong: int, places: set[int]) -> None:
    people = ({"EMAIL": "aa", "PHONE": "bb"}, {"EMAIL": "cc"}, {"EMAIL": "dd"})
    assert meta.named(people, samples, wrong) == places


def answer(status: int, body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


def google_error(status: int, name: str, reason: str = "") -> httpx.Response:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}] if reason else []
    return answer(status, {"error": {"code": status, "message": "m", "status": name, "details": details}})


@pytest.mark.parametrize(
    ("response", "kind", "words"),
    [
        (google_error(429, "RESOURCE_EXHAUSTED"), Retryable, "429"),
        (google_error(409, "ABORTED"), Retryable, "409"),
        (google_error(400, "INVALID_ARGUMENT", "INVALID_USER_LIST_ID"), Rejected, "no audience '238'"),
        (google_error(403, "PERMISSION_DENIED"), Rejected, "may not change"),
        (google_error(400, "INVALID_ARGUMENT", "TERMS_AND_CONDITIONS_NOT_SIGNED"), Rejected, "terms"),
        (answer(400, {"error": "x"}), Rejected, "Google refused"),
        (answer(400, {"error": {"details": "x", "message": "m"}}), Rejected, "m"),
    ],
)
def test_google_s_errors_are_read(response: httpx.Response, kind: type[Exception], words: str) -> None:
    error = google_refusal(response, "238")
    assert isinstance(error, kind)
    assert words in str(error)


@pytest.mark.parametrize(
    ("fields", "reason", "places"),
    [
        (["audience_members[3].user_data.user_identifiers[0]", "audience_members[5]"], "INVALID_ARGUMENT", {3, 5}),
        (["audienceMembers[12].userData"], "INVALID_SHA256_FORMAT", {12}),
        ([], "INVALID_SHA256_FORMAT", set()),
        (["destinations[0].product_destination_id"], "INVALID_USER_LIST_TYPE", None),
    ],
)
def test_google_names_people_or_says_that_some_are_wrong(
    fields: list[str], reason: str, places: set[int] | None
) -> None:
    details: list[dict[str, Any]] = [{"reason": reason}, {"fieldViolations": [{"field": one} for one in fields]}]
    error = google_refusal(answer(400, {"error": {"status": "INVALID_ARGUMENT", "details": details}}), "238")
    assert isinstance(error, Rejected)
    assert (error.places if isinstance(error, Invalid) else None) == places


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ({"error_code": 6, "error_msg": "Too many requests per second"}, Retryable, "per second"),
        ({"error_code": 601, "error_msg": "x"}, Retryable, "today"),
        ({"error_code": 5, "error_msg": "x"}, Rejected, "authorise it again"),
        ({"error_code": 600, "error_msg": "x"}, Rejected, "may not change"),
        ({"error_code": 100, "error_msg": "missing or invalid: target_group_id not found"}, Rejected, "no audience"),
        ("x", Rejected, "VK refused"),
    ],
)
def test_vk_s_errors_are_read(error: Any, kind: type[Exception], words: str) -> None:
    read = vk_refusal(error, httpx.Response(200), "238")
    assert isinstance(read, kind)
    assert words in str(read)
    if isinstance(error, dict) and error["error_code"] == 601:
        assert isinstance(read, Retryable)
        assert read.after is not None
        assert read.after.total_seconds() > 3600
