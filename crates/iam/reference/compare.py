"""Sends the same requests to the reference application and to manyface, and compares what they answer.

    python -m reference.compare PATH-OF-MANYFACE [--generated N] [--seed N]

Ends with 1 where status or body differ although they should not, or do not although they are said to.
"""

import argparse
import http.client
import json
import logging
import re
import subprocess
import sys
import tempfile

# The application sets the framework up, which must come before anything else of it.
from . import application, cases

from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

ID_LISTS = ["skills", "investment_interests", "technical_interests", "focus_area"]
logging.disable(logging.CRITICAL)


class Reference:
    def __init__(self):
        application.prepare()
        self.user = application.add_user("johndoe")
        application.add_user("taken")
        self.token = str(AccessToken.for_user(self.user))
        self.client = Client(raise_request_exception=False)

    def reset(self):
        application.IAMUser.objects.filter(pk=self.user.pk).update(username="johndoe", full_name="F", details={})

    def send(self, case, authorization):
        headers = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in case.headers.items()}
        if authorization is not None:
            headers["HTTP_AUTHORIZATION"] = authorization
        answer = self.client.generic(case.method, case.path, case.body, case.content_type or "", **headers)
        return answer.status_code, answer.content, dict(answer.headers)


class Manyface:
    RESET = {name: None for name in ["bio", "address", "phone", "dob", "company_info", "additional_data", "technical_interests",
                                     "focus_area", *application.LINKS, *application.FLAGS]}
    RESET.update(profile_picture="", country="", user_type="", resume="", skills=[], investment_interests=[])

    def __init__(self, program, folder):
        self.arguments = [program, "--data-dir", folder]
        self.run("migrate")
        for name in ["johndoe", "taken"]:
            self.run("user", "add", "--username", name, "--email", name + "@example.com")
        self.token = self.run("token", "--dialect", "iam", "--user", "johndoe")
        self.server = subprocess.Popen([*self.arguments, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.authority = self.server.stdout.readline().decode().strip().removeprefix("http://")

    def run(self, *words):
        done = subprocess.run([*self.arguments, *words], capture_output=True, check=True)
        return done.stdout.decode().strip()

    def reset(self):
        case = cases.js({"username": "johndoe", "full_name": "F", "details": self.RESET})
        status, body, _ = self.send(case, "Bearer " + self.token)
        assert status == 200, body

    def send(self, case, authorization):
        connection = http.client.HTTPConnection(self.authority, timeout=30)
        headers = dict(case.headers)
        if authorization is not None:
            headers["Authorization"] = authorization
        if case.content_type is not None:
            headers["Content-Type"] = case.content_type
        headers.setdefault("Accept", "*/*")
        headers["Content-Length"] = str(len(case.body))
        connection.putrequest(case.method, case.path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(case.body)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body, {name.title(): value for name, value in answer.getheaders()}

    def stop(self):
        self.server.terminate()
        self.server.wait()


def comparable(case, status, body, headers):
    """What must be the same: names in the place of numbers that are each server's own."""
    kept = {name: headers.get(name) for name in ["Www-Authenticate", "Allow", "Location", "WWW-Authenticate"] if headers.get(name)}
    kept = {name.title(): value for name, value in kept.items()}
    if status == 200:
        kept.pop("Allow", None)
    if status in (401, 400, 404, 406, 415):
        kept.pop("Allow", None)
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except ValueError:
        return status, kept, text
    if status == 200 and "user_id" in value:
        value.pop("user_id")
        value.pop("created_at")
        for name in ID_LISTS:
            value[name] = len(value[name])
            value[name + "_data"] = [entry["name"] for entry in value[name + "_data"]]
        if str(value["profile_picture"]).startswith("http://127.0.0.1"):
            value["profile_picture"] = "file"
        return status, kept, list(value.items())
    if status == 200 and case.path == cases.DETAILS:
        # The page says of these details what it says nowhere of null; only that it was taken is compared.
        return status, kept, None
    return status, kept, text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--generated", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    reference = Reference()
    folder = tempfile.TemporaryDirectory()
    manyface = Manyface(arguments.program, folder.name)
    wrong = sent = excused = 0
    try:
        for case in [*cases.written(), *cases.generated(arguments.generated, arguments.seed)]:
            outcomes = []
            for server in (reference, manyface):
                server.reset()
                authorization = {"own": "Bearer " + server.token, "lower": "bearer " + server.token}
                authorization = authorization.get(case.authorization, case.authorization)
                outcomes.append(comparable(case, *server.send(case, authorization)))
            sent += 1
            is_same = outcomes[0] == outcomes[1]
            excused += case.differs is not None and not is_same
            if is_same != (case.differs is None):
                wrong += 1
                print(case.method, case.path, case.content_type, case.headers, case.authorization, case.body[:300])
                if is_same:
                    print("  does not differ:", case.differs)
                else:
                    show(*outcomes)
    finally:
        manyface.stop()
    print(f"{sent} requests; {excused} differ as they are meant to; {wrong} are wrong")
    sys.exit(1 if wrong else 0)


def show(expected, got):
    for label, outcome in (("reference", expected), ("manyface ", got)):
        status, headers, body = outcome
        if isinstance(body, list) and isinstance(expected[2], list) and isinstance(got[2], list):
            others = expected[2] if outcome is got else got[2]
            body = [item for item in body if item not in others]
        print(" ", label, status, headers, re.sub(r"\s+", " ", str(body))[:400])


if __name__ == "__main__":
    main()
