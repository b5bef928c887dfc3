"""Runs the official client whop-sdk (Stainless), unmodified, against a server. The environment is that of whop.mjs."""

import base64
import os

import httpx
import whop_sdk
from whop_sdk import Whop

BASE, TOKEN, BARE, KEY, NAME = (os.environ[name] for name in ("BASE", "TOKEN", "BARE", "KEY", "NAME"))
ACCOUNT = "biz_sdk"


def client(key):
    return Whop(api_key=key, base_url=BASE)


def fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


user, key = client(TOKEN), client(KEY)
me = user.users.retrieve("me")
assert me.id.startswith("user_") and user.users.retrieve(NAME).id == me.id

updated = user.users.update_me(name="Bo", bio="From PyPI", username=f"{NAME}-py")
assert (updated.name, updated.bio, updated.username) == ("Bo", "From PyPI", f"{NAME}-py")
assert user.users.update(me.id, username=NAME).username == NAME

assert user.users.update_me(account_id=ACCOUNT, name="Here").name == "Here"
assert user.users.retrieve("me", account_id=ACCOUNT).name == "Here"
assert user.users.retrieve("me").name == "Bo"
assert user.users.update_me(account_id=ACCOUNT, name=None).name == "Bo"
assert key.users.update(NAME, account_id=ACCOUNT, name="Ours").name == "Ours"
user.users.update_me(account_id=ACCOUNT, name=None)

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
file = user.files.create(filename="pixel.png")
sent = httpx.put(file.upload_url, content=PNG, headers=file.upload_headers)
assert sent.status_code == 200, sent.text
file = user.files.retrieve(file.id)
assert file.upload_status == "ready"
with_image = user.users.update_me(profile_picture={"id": file.id})
assert with_image.profile_picture["url"] == file.url

fails(whop_sdk.BadRequestError, lambda: user.users.update_me(username="a b"))
error = fails(whop_sdk.BadRequestError, lambda: key.users.update_me(name="x"))
assert error.body["error"]["message"] == "API keys cannot update a global profile"
fails(whop_sdk.AuthenticationError, lambda: client("nonsense").users.retrieve("me"))
fails(whop_sdk.PermissionDeniedError, lambda: client(BARE).users.update_me(name="x"))
fails(whop_sdk.NotFoundError, lambda: user.users.retrieve("user_nobody"))
print(f"whop-sdk {whop_sdk.__version__} works")
