"""Runs the official client whop-sdk (Fern), unmodified, against a server. The environment is that of whop.mjs."""

import base64
import os
from importlib.metadata import version

import httpx
from whop_sdk import Whop
from whop_sdk.core.api_error import ApiError
from whop_sdk.environment import WhopEnvironment

BASE, TOKEN, BARE, KEY, NAME = (os.environ[name] for name in ("BASE", "TOKEN", "BARE", "KEY", "NAME"))
ACCOUNT = "biz_sdk"


def client(token):
    return Whop(token=token, environment=WhopEnvironment(api=BASE, vault=BASE))


def fails(status, call):
    try:
        call()
    except ApiError as error:
        assert error.status_code == status, error
        return error
    raise AssertionError(f"{status} was expected")


user, key = client(TOKEN), client(KEY)
me = user.users.me()
assert me.id.startswith("user_") and user.users.retrieve(NAME).id == me.id
assert "/media/" in me.profile_picture.url and me.balances == [] and me.social_links == []

updated = user.users.update_me(name="Cy", bio="From Fern", username=f"{NAME}-fern")
assert (updated.name, updated.bio, updated.username) == ("Cy", "From Fern", f"{NAME}-fern")
assert user.users.update(me.id, username=NAME).username == NAME

assert user.users.update_me(account_id=ACCOUNT, name="Here").name == "Here"
assert user.users.me(account_id=ACCOUNT).name == "Here"
assert user.users.me().name == "Cy"
assert user.users.update_me(account_id=ACCOUNT, name=None).name == "Cy"
assert key.users.update(NAME, account_id=ACCOUNT, name="Ours").name == "Ours"
user.users.update_me(account_id=ACCOUNT, name=None)

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
file = user.files.create(filename="pixel.png", visibility="public")
sent = httpx.put(file.upload_url, content=PNG, headers=file.upload_headers)
assert sent.status_code == 200, sent.text
file = user.files.retrieve(file.id)
assert (file.upload_status, file.size) == ("ready", len(PNG))
with_image = user.users.update_me(profile_picture={"id": file.id})
assert with_image.profile_picture.url == file.url

error = fails(400, lambda: user.users.update_me(username="a b"))
assert type(error).__name__ == "BadRequestError", type(error)
fails(400, lambda: key.users.update_me(name="x"))
fails(401, lambda: client("nonsense").users.me())
fails(403, lambda: client(BARE).users.update_me(name="x"))
error = fails(404, lambda: user.users.retrieve("user_nobody"))
assert type(error).__name__ == "NotFoundError", type(error)
print(f"whop-sdk {version('whop-sdk')} works")
