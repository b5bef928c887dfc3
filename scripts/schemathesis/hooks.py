"""What the documents cannot say in a schema, said to schemathesis: examples of formats whose rules are sentences."""

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

# The smallest pictures that are whole.
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,20}", fullmatch=True)


def data_url(kind, picture):
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


# An address of the web, with nothing in it that hides where it leads.
ADDRESSES = (
    st.builds(
        "{}://{}.example.{}{}".format,
        st.sampled_from(["http", "https", "HTTPS"]),
        NAMES,
        st.sampled_from(["com", "org"]),
        st.from_regex(r"(/[A-Za-z0-9._~-]{0,8}){0,3}(\?[a-z]{1,4}=[0-9]{1,4})?(#[a-z]{1,5})?", fullmatch=True),
    )
)
schemathesis.openapi.format("uri", ADDRESSES)
schemathesis.openapi.format("iri-reference", st.just("") | ADDRESSES)
# A name of one script, which nobody is likely to have.
schemathesis.openapi.format("username", st.builds("{}{}_{}".format, NAMES, st.integers(0, 10**9), NAMES))
# A day on which somebody who lives can have been born, in some of its forms.
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2026, 1, 1))
schemathesis.openapi.format(
    "iso-8601-date",
    st.builds(datetime.date.strftime, DAYS, st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%G-W%V-%u", "%Y-%-m-%-d"])),
)
schemathesis.openapi.format(
    "country",
    st.sampled_from(["", "US", "usa", "GBR", "de", "France", "united states", "Côte d'Ivoire", "JP", "Zimbabwe"]),
)
# A text that is JSON, for the fields of forms that are read as such.
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
    """A file is what it is."""
    return response.content.decode("latin-1")


# What a form's file is, by the end of its name.
FILES = {"profile_picture": PNG, "resume": b"%PDF-1.7\n"}
# The lists of names that profiles share.
LISTS = {"skills", "investment_interests", "technical_interests", "focus_area"}


# Each user may have a hundred files on their way.
TOKENS = os.environ.get("TOKENS", "").split()
FILES_OF_ONE = 90
made = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None:
        return
    # Examples of the document are not labelled part by part.
    all_good = case.meta.generation.mode.is_positive
    is_good = {place: part.mode.is_positive for place, part in case.meta.components.items()}
    if case.headers and is_good.get(ParameterLocation.HEADER, all_good):
        set_conditions(case)
    if isinstance(case.body, dict) and is_good.get(ParameterLocation.BODY, all_good):
        settle(case)
    if case.path == "/files" and case.method == "POST" and TOKENS:
        kwargs["auth"] = in_turn


def in_turn(request):
    """Sends a request with the run's own token as another user."""
    if request.headers.get("Authorization") == f"Bearer {os.environ['TOKEN']}":
        request.headers["Authorization"] = f"Bearer {TOKENS[next(made) // FILES_OF_ONE % len(TOKENS)]}"
    return request


def settle(case):
    """Makes a body that fits its schema one that fits what no schema says. What it is to its schema stays."""
    body = settled(case.body)
    for name, value in body.items():
        content = FILES.get(name.split(".")[-1])
        # Any bytes are a file; they are not a picture.
        if content is not None and isinstance(value, Binary):
            body[name] = Binary(content)
    if case.operation.schema.raw_schema["info"]["title"].startswith("Whop"):
        settle_whop(case, body)
    if case.operation.schema.raw_schema["info"]["title"].startswith("Tenant"):
        # The document says in words that null is accepted where the response shows null.
        for name in ("first_name", "last_name", "display_name"):
            if body.get(name, name) is None:
                del body[name]
    case.body.clear()
    case.body.update(body)
    case._sync_validated_hashes()


def settle_whop(case, body):
    """The document says these in words."""
    if isinstance(body.get("profile_picture"), dict):
        # A file is one that the user has sent, and is given once.
        del body["profile_picture"]
    account = (case.query or {}).get("account_id")
    if account is not None or "company_id" in body:
        # A user has one name for all accounts; and `company_id` is another word for the account.
        body.pop("username", None)
        if account is not None and "company_id" in body:
            body["company_id"] = account
    if "company_id" in body or any(body.get(name, name) is None for name in ("name", "bio", "profile_picture")):
        # The version that took these.
        case.headers["Api-Version-Date"] = "2025-01-01"


def settled(value, name=None):
    """What no schema can say: an image's data URI has an image in it, an address leads somewhere, whole numbers have 64 bits;
    and which numbers of names there are nobody knows, so that those that are drawn are taken for names. Lengths stay."""
    if isinstance(value, dict):
        return {key: settled(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [settled(item, name if name in LISTS else None) for item in value]
    if isinstance(value, str) and re.match(r"\s*data:\s*image/[^,]*base64\s*,", value, re.IGNORECASE):
        return data_url("gif", GIF) if len(value) < 10_000 else value
    if isinstance(value, str) and re.match(r"https?://", value, re.IGNORECASE):
        return "https://example.com/".ljust(len(value), "x")
    if name == "byte_size" and type(value) is float and value.is_integer():
        # JSON Schema counts 218.0 among whole numbers; an exact number of bytes is written without a fraction.
        return int(value)
    if type(value) is int and not -(2**63) <= value < 2**64:
        value %= 2**63
    if type(value) is int and name in LISTS:
        return f"number {value}"
    return value


def set_conditions(case):
    """Conditions that do not hold would keep most requests from being looked at: one in sixteen keeps its own, one in
    eight is held to that there is a profile, the others have none."""
    turn = zlib.crc32(case.id.encode()) % 16
    if turn == 0:
        return
    for name in ("If-Match", "If-None-Match"):
        case.headers.pop(name, None)
    if turn < 3 and case.method in ("GET", "HEAD", "PATCH", "PUT"):
        case.headers["If-Match"] = "*"
