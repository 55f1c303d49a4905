"""VK's end: contacts of target groups in the classic API; every answer has status 200, errors are in its body."""

import re
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from simulators.answers import answer, read_form, retry_after
from simulators.faults import Fault, Faults
from simulators.records import Accepted, Journal, Records
from simulators.settings import Settings

ACCOUNTS = "/method/ads.getAccounts"
IMPORT, REMOVE = "/method/ads.importTargetContacts", "/method/ads.removeTargetContacts"
NUMBER = re.compile(r"\d+")
PLAIN_OR_MD5 = re.compile(r"[0-9a-f]{32}|\d{5,15}|[^@\s,]+@[^@\s,]+")
MOST = 1000
BAD_TOKEN, PARAMETER, PERMISSION, INTERNAL, TOO_OFTEN = 5, 100, 600, 10, 6
ERROR_OF_STATUS = {400: PARAMETER, 401: BAD_TOKEN, 403: PERMISSION, 429: TOO_OFTEN}
WORDS = {
    BAD_TOKEN: "User authorization failed: invalid access_token (4).",
    TOO_OFTEN: "Too many requests per second",
    INTERNAL: "Internal server error: Try later",
    PERMISSION: "Permission denied. You have no access to operations specified with given object(s)",
    601: "Permission denied. You have requested too many actions this day. Try later.",
    602: "Some part of the request has not been completed",
}


class ContactsChange(Accepted):
    """A change of a target group as it came; `counted` are the contacts that VK can use."""

    provider: Literal["vk"] = "vk"
    group_id: str
    account_id: str
    client_id: str | None = None
    change: Literal["add", "remove"]
    contacts: list[str]
    counted: int


class Vk:
    """Takes changes of target groups and refuses what VK refuses; `unknown` are groups that do not exist."""

    def __init__(self, settings: Settings, faults: Faults, journal: Journal) -> None:
        self.accepted = Records("vk", ContactsChange, journal)
        self.unknown = {"404"}
        self._faults = faults
        self._token = settings.vk_access_token.get_secret_value()

    def router(self) -> APIRouter:
        """Give the methods."""
        router = APIRouter()
        router.add_api_route(ACCOUNTS, self.accounts, methods=["GET", "POST"])
        router.add_api_route(IMPORT, self.change, methods=["GET", "POST"])
        router.add_api_route(REMOVE, self.change, methods=["GET", "POST"])
        return router

    async def accounts(self, request: Request) -> Response:
        """List the advertising accounts that a token reaches."""
        form = await read_form(request)
        if form.get("access_token") != self._token:
            return error_response(BAD_TOKEN)
        account = {
            "account_id": 1601,
            "account_type": "general",
            "account_status": 1,
            "account_name": "Furniture",
            "access_role": "admin",
        }
        return await answer(self._faults.take("vk"), lambda: JSONResponse({"response": [account]}), _refuse)

    async def change(self, request: Request) -> Response:
        """Answer a request to add or remove contacts."""
        form = await read_form(request)
        if form.get("access_token") != self._token:
            return error_response(BAD_TOKEN)
        change: Literal["add", "remove"] = "add" if request.url.path == IMPORT else "remove"
        fault = self._faults.take("vk", form.get("target_group_id"))
        return await answer(fault, lambda: self._accept(change, form), _refuse)

    def _accept(self, change: Literal["add", "remove"], form: dict[str, str]) -> Response:
        if words := self._objection(form):
            return error_response(PARAMETER, f"One of the parameters specified was missing or invalid: {words}")
        contacts = form["contacts"].split(",")
        counted = sum(bool(PLAIN_OR_MD5.fullmatch(contact)) for contact in contacts)
        accepted = ContactsChange(
            group_id=form["target_group_id"],
            account_id=form["account_id"],
            client_id=form.get("client_id"),
            change=change,
            contacts=contacts,
            counted=counted,
        )
        self.accepted.add(accepted)
        return JSONResponse({"response": counted if change == "add" else 1})

    def _objection(self, form: dict[str, str]) -> str:
        checks = (
            (not form.get("v"), "v is required"),
            (not NUMBER.fullmatch(form.get("account_id", "")), "account_id is undefined"),
            (not NUMBER.fullmatch(form.get("target_group_id", "")), "target_group_id is undefined"),
            (form.get("target_group_id") in self.unknown, "target_group_id not found"),
            (not form.get("contacts"), "contacts is undefined"),
            (form.get("contacts", "").count(",") >= MOST, "contacts is too long"),
        )
        return next((words for wrong, words in checks if wrong), "")


def error_response(code: int, words: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Render an error as VK does."""
    error: dict[str, Any] = {"error_code": code, "error_msg": words or WORDS.get(code, "Error"), "request_params": []}
    return JSONResponse({"error": error}, status, headers)


def _refuse(fault: Fault) -> Response:
    """Refuse by the number asked for; without one, at the door, with a status as any web server has."""
    if fault.error is not None:
        return error_response(fault.error, fault.body or "")
    status = fault.code or 503
    return error_response(ERROR_OF_STATUS.get(status, INTERNAL), fault.body or "", status, retry_after(fault))
