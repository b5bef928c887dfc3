"""Rules of the OpenAPI documents that no schema can express, for schemathesis."""

import base64
import datetime
import itertools
import json
import os
import re
import zlib

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation
from schemathesis.transport.serialization import Binary

# Minimal valid images.
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,20}", fullmatch=True)


def data_url(kind, image):
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


# Web URLs without user information.
URLS = (
    st.builds(
        "{}://{}.example.{}{}".format,
        st.sampled_from(["http", "https", "HTTPS"]),
        NAMES,
        st.sampled_from(["com", "org"]),
        st.from_regex(r"(/[A-Za-z0-9._~-]{0,8}){0,3}(\?[a-z]{1,4}=[0-9]{1,4})?(#[a-z]{1,5})?", fullmatch=True),
    )
)
schemathesis.openapi.format("uri", URLS)
schemathesis.openapi.format("iri-reference", st.just("") | URLS)
# A user name of one script that is unlikely to be taken.
schemathesis.openapi.format("username", st.builds("{}{}_{}".format, NAMES, st.integers(0, 10**9), NAMES))
# Dates of birth, in some of the formats of ISO 8601.
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2026, 1, 1))
schemathesis.openapi.format(
    "iso-8601-date",
    st.builds(datetime.date.strftime, DAYS, st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%G-W%V-%u", "%Y-%-m-%-d"])),
)
schemathesis.openapi.format(
    "country",
    st.sampled_from(["", "US", "usa", "GBR", "de", "France", "united states", "Côte d'Ivoire", "JP", "Zimbabwe"]),
)
# JSON as a string, for form fields that have JSON.
schemathesis.openapi.format(
    "json",
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.from_regex(r"[ -~]{0,20}", fullmatch=True),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ).map(json.dumps),
)


@schemathesis.deserializer("application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
def take_bytes(context, response):
    """Returns the bytes of a file unchanged."""
    return response.content.decode("latin-1")


# Files of forms, by the last part of the field's name.
FILES = {"profile_picture": PNG, "resume": b"%PDF-1.7\n"}
# Fields with lists of catalogue names.
LISTS = {"skills", "investment_interests", "technical_interests", "focus_area"}


# A user may have at most a hundred open uploads.
TOKENS = os.environ.get("TOKENS", "").split()
FILES_PER_USER = 90
created = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None:
        return
    # Examples of the document have one mode for all parts.
    is_valid_request = case.meta.generation.mode.is_positive
    is_valid = {place: part.mode.is_positive for place, part in case.meta.components.items()}
    if case.headers and is_valid.get(ParameterLocation.HEADER, is_valid_request):
        set_conditions(case)
    if isinstance(case.body, dict) and is_valid.get(ParameterLocation.BODY, is_valid_request):
        settle(case)
    if case.path == "/files" and case.method == "POST" and TOKENS:
        kwargs["auth"] = as_next_user


def as_next_user(request):
    """Replaces the token of the run by that of the next user."""
    if request.headers.get("Authorization") == f"Bearer {os.environ['TOKEN']}":
        request.headers["Authorization"] = f"Bearer {TOKENS[next(created) // FILES_PER_USER % len(TOKENS)]}"
    return request


def settle(case):
    """Makes a body that matches its schema also satisfy the rules that no schema can express."""
    body = settled(case.body)
    for name, value in body.items():
        content = FILES.get(name.split(".")[-1])
        # The schema accepts any bytes; the server accepts only images and documents.
        if content is not None and isinstance(value, Binary):
            body[name] = Binary(content)
    if case.operation.schema.raw_schema["info"]["title"].startswith("Whop"):
        settle_whop(case, body)
    if case.operation.schema.raw_schema["info"]["title"].startswith("Tenant"):
        # By its description, null is accepted only if the response has null.
        for name in ("first_name", "last_name", "display_name"):
            if body.get(name, name) is None:
                del body[name]
    case.body.clear()
    case.body.update(body)
    case._sync_validated_hashes()


def settle_whop(case, body):
    """Applies rules of whop that are only in descriptions."""
    if isinstance(body.get("profile_picture"), dict):
        # The id must be that of an upload by this user that is not used yet.
        del body["profile_picture"]
    account = (case.query or {}).get("account_id")
    if account is not None or "company_id" in body:
        # The user name is the same for all accounts; `company_id` is an old name of `account_id`.
        body.pop("username", None)
        if account is not None and "company_id" in body:
            body["company_id"] = account
    if "company_id" in body or any(body.get(name, name) is None for name in ("name", "bio", "profile_picture")):
        # Only this version accepts them.
        case.headers["Api-Version-Date"] = "2025-01-01"


def settled(value, name=None):
    """Returns a value with real images in data URIs, resolvable URLs, 64-bit integers, and names in place of catalogue ids,
    which cannot be guessed. Lengths do not change."""
    if isinstance(value, dict):
        return {key: settled(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [settled(item, name if name in LISTS else None) for item in value]
    if isinstance(value, str) and re.match(r"\s*data:\s*image/[^,]*base64\s*,", value, re.IGNORECASE):
        return data_url("gif", GIF) if len(value) < 10_000 else value
    if isinstance(value, str) and re.match(r"https?://", value, re.IGNORECASE):
        return "https://example.com/".ljust(len(value), "x")
    if name == "byte_size" and type(value) is float and value.is_integer():
        # 218.0 is an integer in JSON Schema; the server accepts only 218.
        return int(value)
    if type(value) is int and not -(2**63) <= value < 2**64:
        value %= 2**63
    if type(value) is int and name in LISTS:
        return f"number {value}"
    return value


def set_conditions(case):
    """Removes most generated conditions, because they would fail: one request in sixteen keeps them, two in sixteen get
    `If-Match: *`, and the others have none."""
    draw = zlib.crc32(case.id.encode()) % 16
    if draw == 0:
        return
    for name in ("If-Match", "If-None-Match"):
        case.headers.pop(name, None)
    if draw < 3 and case.method in ("GET", "HEAD", "PATCH", "PUT"):
        case.headers["If-Match"] = "*"
