// Runs the official client @whop/sdk, unmodified, against a server. The environment has BASE (…/api/v1), TOKEN, BARE (a
// token without scopes), KEY (an API key of biz_sdk) and NAME (the user).
import assert from "node:assert/strict";
import Whop, { AuthenticationError, BadRequestError, NotFoundError, PermissionDeniedError, toFile } from "@whop/sdk";

const { BASE, TOKEN, BARE, KEY, NAME } = process.env;
const client = (apiKey) => new Whop({ apiKey, baseURL: BASE });
const user = client(TOKEN);
const account_id = "biz_sdk";

const me = await user.users.retrieve("me");
assert.match(me.id, /^user_[0-9A-Za-z]+$/);
assert.equal((await user.users.retrieve(me.id)).username, me.username);
assert.equal((await user.users.retrieve(NAME)).id, me.id);

const updated = await user.users.updateMe({ name: "Ada", bio: "From npm", username: `${NAME}-npm` });
assert.deepEqual([updated.name, updated.bio, updated.username], ["Ada", "From npm", `${NAME}-npm`]);
assert.equal((await user.users.updateMe({})).name, "Ada");
assert.equal((await user.users.update(me.id, { username: NAME })).username, NAME);

assert.equal((await user.users.updateMe({ account_id, name: "Here" })).name, "Here");
assert.equal((await user.users.retrieve("me", { account_id })).name, "Here");
assert.equal((await user.users.retrieve("me")).name, "Ada");
assert.equal((await user.users.updateMe({ account_id, name: null })).name, "Ada");

const key = client(KEY);
assert.equal((await key.users.update(NAME, { account_id, name: "Ours" })).name, "Ours");
await user.users.updateMe({ account_id, name: null });

// An image of one pixel.
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);
const file = await user.files.upload(await toFile(png, "pixel.png", { type: "image/png" }));
assert.equal(file.upload_status, "ready");
const withImage = await user.users.updateMe({ profile_picture: { id: file.id } });
const { url } = withImage.profile_picture;
assert.equal(url, file.url);
const image = await fetch(url);
assert.equal(image.status, 200);
assert.match(image.headers.get("content-type"), /^image\//);

await assert.rejects(user.users.updateMe({ name: "x".repeat(101) }), BadRequestError);
await assert.rejects(user.users.updateMe({ profile_picture: { id: "file_nobody" } }), BadRequestError);
await assert.rejects(key.users.updateMe({ name: "x" }), (error) =>
  error instanceof BadRequestError && error.error.error.message === "API keys cannot update a global profile");
await assert.rejects(client("nonsense").users.retrieve("me"), AuthenticationError);
await assert.rejects(client(BARE).users.updateMe({ name: "x" }), (error) =>
  error instanceof PermissionDeniedError && error.error.error.type === "forbidden");
await assert.rejects(user.users.retrieve("user_nobody"), NotFoundError);
await assert.rejects(user.files.retrieve("file_nobody"), NotFoundError);
console.log("@whop/sdk works");
