"""Sends the same requests to the reference application and to manyface, and compares the responses.

    python -m reference.compare PATH-OF-MANYFACE [--generated N] [--seed N]

Exits with 1 if an unexpected difference in status or body occurs, or an expected one does not.
"""

import argparse
import http.client
import json
import logging
import re
import subprocess
import sys
import tempfile

# This import configures the framework, which must happen before any other use of it.
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
        response = self.client.generic(case.method, case.path, case.body, case.content_type or "", **headers)
        return response.status_code, response.content, dict(response.headers)


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
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body, {name.title(): value for name, value in response.getheaders()}

    def stop(self):
        self.server.terminate()
        self.server.wait()


def comparable(case, status, body, headers):
    """Returns the comparable part of a response, with names in place of ids."""
    compared = {name: headers.get(name) for name in ["Www-Authenticate", "Allow", "Location", "WWW-Authenticate"] if headers.get(name)}
    compared = {name.title(): value for name, value in compared.items()}
    if status == 200:
        compared.pop("Allow", None)
    if status in (401, 400, 404, 406, 415):
        compared.pop("Allow", None)
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except ValueError:
        return status, compared, text
    if status == 200 and "user_id" in value:
        value.pop("user_id")
        value.pop("created_at")
        for name in ID_LISTS:
            value[name] = len(value[name])
            value[name + "_data"] = [entry["name"] for entry in value[name + "_data"]]
        if str(value["profile_picture"]).startswith("http://127.0.0.1"):
            value["profile_picture"] = "file"
        return status, compared, list(value.items())
    if status == 200 and case.path == cases.DETAILS:
        # The contract does not say which of these values are null, so only the status is compared.
        return status, compared, None
    return status, compared, text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--generated", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    reference = Reference()
    folder = tempfile.TemporaryDirectory()
    manyface = Manyface(arguments.program, folder.name)
    unexpected = sent = expected = 0
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
            expected += case.differs is not None and not is_same
            if is_same != (case.differs is None):
                unexpected += 1
                print(case.method, case.path, case.content_type, case.headers, case.authorization, case.body[:300])
                if is_same:
                    print("  expected difference is missing:", case.differs)
                else:
                    show(*outcomes)
    finally:
        manyface.stop()
    print(f"{sent} requests; {expected} expected differences; {unexpected} unexpected results")
    sys.exit(1 if unexpected else 0)


def show(expected, got):
    for label, outcome in (("reference", expected), ("manyface ", got)):
        status, headers, body = outcome
        if isinstance(body, list) and isinstance(expected[2], list) and isinstance(got[2], list):
            others = expected[2] if outcome is got else got[2]
            body = [item for item in body if item not in others]
        print(" ", label, status, headers, re.sub(r"\s+", " ", str(body))[:400])


if __name__ == "__main__":
    main()
