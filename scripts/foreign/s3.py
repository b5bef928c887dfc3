"""Tests image storage in a bucket of moto, an S3 server: upload, read, collection, outage.

python s3.py MANYFACE MOTO_SERVER
"""

import base64
import contextlib
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import boto3
import requests

PROGRAM, MOTO = sys.argv[1:]
BUCKET = "images"
KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
THREE_HOURS = 3 * 3600 * 1_000_000


def png(side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x20\x80\xc0" * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@contextlib.contextmanager
def running(command, line, log):
    """Starts a process, waits until its output matches `line`, and ends it afterwards."""
    with open(log, "w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 30
        while not (found := re.search(line, log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} is not ready: {log.read_text()}")
            time.sleep(0.05)
        yield process, found[0]
    finally:
        process.terminate()
        process.wait(60)


def check(condition, message):
    if not condition:
        sys.exit(f"s3: {message}")


def objects(bucket):
    return [found.key for found in bucket.objects.filter(Prefix="p/images/")]


with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
    folder = pathlib.Path(folder)
    # A file: with a pipe, moto would block once its log fills the pipe.
    moto_log = folder / "moto.log"
    moto, endpoint = stack.enter_context(
        running([MOTO, "-H", "127.0.0.1", "-p", "0"], r"http://127\.0\.0\.1:\d+", moto_log)
    )
    os.environ.update(KEYS, AWS_DEFAULT_REGION="us-east-1", MANYFACE_DATA_DIR=str(folder / "data"))
    bucket = boto3.resource("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
    config = folder / "manyface.toml"
    config.write_text(
        f'[media]\ngrace_hours = 1\ns3 = {{ bucket = "{BUCKET}", prefix = "p", region = "us-east-1", endpoint = "{endpoint}" }}\n'
    )
    manyface = [PROGRAM, "--config", str(config)]
    _, base = stack.enter_context(
        running([*manyface, "serve", "--listen", "127.0.0.1:0"], r"(?<=ready at )http://127[^\s/,]+", folder / "log")
    )
    run = lambda *words: subprocess.run([*manyface, *words], check=True, text=True, capture_output=True).stdout
    run("user", "add", "--username", "s3-user", "--email", "s3@example.com")
    token = run("token", "--dialect", "movieknight", "--user", "s3-user").strip()

    session = requests.Session()
    session.headers["authorization"] = f"Bearer {token}"
    update = lambda **fields: session.patch(f"{base}/api/users/me", json=fields, timeout=20)

    image = "data:image/png;base64," + base64.b64encode(png(600)).decode()
    given = update(avatarUrl=image)
    check(given.status_code == 200, f"an image returns {given.status_code}: {given.text}")
    url = given.json()["data"]["user"]["avatarUrl"]
    stored = objects(bucket)
    check(stored, "the bucket has no images")
    read = requests.get(url, timeout=20)
    check(read.status_code == 200 and read.headers["content-type"] == "image/png", f"read {read.status_code}")
    small = requests.get(url + "?size=48", timeout=20)
    check(small.status_code == 200 and len(small.content) < len(read.content), "a small size is smaller")
    tag = read.headers["etag"]
    again = requests.get(url, headers={"if-none-match": tag}, timeout=20)
    check(again.status_code == 304, f"a revalidation returns {again.status_code}")

    check(update(avatarUrl="").status_code == 200, "the image can be cleared")
    run("media", "gc")
    check(objects(bucket) == stored, "an image within the grace time is not removed")
    with sqlite3.connect(folder / "data" / "manyface.sqlite", timeout=10) as database:
        database.execute("UPDATE images SET reserved_at = reserved_at - ?", [THREE_HOURS])
    database.close()
    run("media", "gc")
    check(objects(bucket) == [], f"after collection the bucket has {objects(bucket)}")
    check(requests.get(url, timeout=20).status_code == 404, "a removed image is not found")

    moto.terminate()
    moto.wait(30)
    rejected = update(avatarUrl=image)
    check(rejected.status_code == 503, f"without storage an image returns {rejected.status_code}: {rejected.text}")
    check(update(bio="still here").status_code == 200, "without storage other fields change")
    print("moto: images are uploaded, read, revalidated, collected; 503 without storage")
