"""The requests: listed ones and random ones."""

import json
import random
from dataclasses import dataclass, field

PROFILE = "/api/v1/iam/user/profile/"
DETAILS = "/api/v1/iam/iamuserdetails/me/"
EXISTENCE = "/api/v1/iam/check-user-existence/"
JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "a-boundary"
MULTIPART = "multipart/form-data; boundary=" + BOUNDARY


@dataclass
class Case:
    """A request. `differs` is the reason for an expected difference between the two responses."""

    body: bytes = b""
    method: str = "PATCH"
    path: str = PROFILE
    content_type: str | None = JSON
    authorization: str | None = "own"
    headers: dict = field(default_factory=dict)
    differs: str | None = None


def js(value, **more):
    return Case(json.dumps(value).encode(), **more)


def details(differs=None, **fields):
    return js({"details": fields}, differs=differs)


def raw(body, **more):
    return Case(body if isinstance(body, bytes) else body.encode(), **more)


def form(*parts, **more):
    body = b""
    for head, content in parts:
        content = content.encode() if isinstance(content, str) else content
        head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode()
        body += head + content + b"\r\n"
    return Case(body + f"--{BOUNDARY}--\r\n".encode(), content_type=MULTIPART, **more)


LINKS = [
    "http://a.com", "HTTP://A.COM", "ftp://a.com", "ftps://a.com", "a.com", "//a.com", "javascript:alert(1)",
    "http://a.com/" + "x" * 187, "http://a.com/" + "x" * 188, "x" * 300, 5, " http://a.com ", "http://a.com/\0", "\0",
    "http://a b.com", "http://localhost:99999", "http://localhost", "http://[::1]/", "http://[zz]", "http://1.2.3.4",
    "http://1.2.3", "http://256.1.1.1", "http://b\u00fccher.de", "http://\U0001f600.com", "http://a.com?x y",
    "http://a-.com", "http://-a.com", "http://a.c", "http://a.co-", "http://a.com.", "http://a_b.com",
    "http://xn--p1ai.xn--p1ai", "http://a.123", "https:\\\\a.com", "http://@a.com", "http://a.com#\u3000x",
    "http://a.com:", "data:text/html,x", "file:///etc/passwd", "http://[::1", "http://[v1.a]/", "http://]a.com",
    "http://a.com]", "http://" + "a" * 64 + ".com", "http://" + "a" * 63 + ".com", None, "", " ", "http://\uff41.com",
    "http://a.com\n", "http://0.0.0.0", "http://00.1.1.1", "http:///a.com", "http://a..com", "http://a.com/\u2100",
    "http://a\u2100.com/", "http://a.com:80:80", "http://1.2.3.4.5", "http://[::ffff:1.2.3.4]",
    "http://[1:2:3:4:5:6:7:8:9]", "\u017fttp://a.com", "http://a.\u017f\u017f", True, [], {}, 1.5,
    "http://a.com/\ud800", "http://" + "a." * 90 + "com", "http://a.com/" + "\u00e9" * 190,
]
DATES = [
    "2023-01-05", "2023-1-5", "20230105", "2023-W01-1", "2023W01", "2023W011", "2023-W01", "2023-01-05\n", "", None, 5,
    "2023-02-30", "2024-02-29", "2023-02-29", "0000-00-00", "0001-01-01", " 2023-01-01", "2023-01-01 ",
    "2023-01-01T00:00:00Z", "2023/01/01", "x", [1], True, {}, "2023-0105", "2023-13-01", "-2023-01-01", "2023-01-1x",
    "1999-12-31", 20230105, "2020-W53-7", "2021-W53-1",
]
FLAGS = [
    True, False, None, 1, 0, 2, -1, 1.0, 0.0, -0.0, 1.5, "t", "T", "y", "Yes", "YES", "true", "TRUE", "on", "1", "f",
    "n", "No", "false", "off", "0", "null", "NULL", "", "maybe", " true", [], {}, [True], "1.0", "None",
]
TEXTS = [
    "", " ", "x", " padded ", "x" * 32, "x" * 33, "x" * 256, None, 5, -0.0, 1.0, 1e22, 1e-7, 123456789012345678.0,
    True, False, [], {}, ["x"], "a\0b", "\ud800", "a\0\ud800", "\u00e9", "\U0001f600" * 32, "\U0001f600" * 33, "\n\tx\n",
    "<script>", "'; DROP TABLE x --", "\u3000x\u3000", "\u00a0", 2**53, -5, 0.1, 1e15, 1e16, "x\u200dy",
]
CHOICES = ["developer", "investor", "", "wizard", None, 5, True, ["a", None, {"b": 1.5}], " developer ", "Developer", "it's", 1.50, {}]
COUNTRIES = ["US", "us", "USA", "usa", "Germany", "germany", "XX", "Narnia", "", " ", None, 5, [], True, " de ", "FRA", "\uff35\uff33"]
LISTS = [
    [], None, "x", 5, {}, True, 1.5, ["Rust"], ["Rust", "rust", "Go"], ["Rust", "Go", "Rust"], [None, "", " ", "x" * 101, True, [], {}, "ok"],
    ["x" * 100], [999999], ["new", 999999], [-5], [0], ["a\0"], ["\ud800"], [1.5], [2**40], [["x"]], ["\U0001f600"],
    ["x"] * 101, [" padded "], ["b", None],
]
VALUES = [None, 1, 1.5, "x", "", True, [], {}, [1, [2, {"a": None}]], {"city": "K\u00f6ln", "zip": "50667", "n": [1, 2.5, -3]}, "null", "\n"]
NAMES = [
    "johndoe", "taken", "other", "a b", "", " ", None, 5, 1.5, True, [], "x" * 150, "x" * 151, "a b" * 60, "a\0b", "\ud800",
    "\u00e9mile", "a@b.c+d-e_f", "a/b", "a\n", "\n", "a,b", "(x)", "x!", "\u0939\u093f\u0928\u094d\u0926\u0940", "9", "-", "_",
]
FIELDS = {
    "bio": TEXTS, "phone": TEXTS, "dob": DATES, "country": COUNTRIES, "user_type": CHOICES, "address": VALUES,
    "company_info": VALUES, "additional_data": VALUES, "linkedin_url": LINKS, "github_url": LINKS, "twitter_url": LINKS,
    "facebook_url": LINKS, "website_url": LINKS, "portfolio_url": LINKS, "skills": LISTS, "investment_interests": LISTS,
    "technical_interests": LISTS, "focus_area": LISTS, "communication_preferences_phone": FLAGS,
    "communication_preferences_email": FLAGS, "platform_features_emails": FLAGS, "activity_based_emails": FLAGS,
    "resume": LINKS, "unknown": VALUES, "is_following": FLAGS, "skills_data": LISTS,
}
BROKEN = [
    '{"a":x}', "[]", '"x"', "null", "1", "true", "1.5", "{", '{"a":1,}', "[1,]", '{"a" 1}', '{"a":1 "b"}', '{"a":"\\x"}',
    '{"a":"\\u12"}', '{"a":"\n"}', '{"a":"abc', "{} x", b"\xef\xbb\xbf{}", b'{"a":"\xff"}', b'{"a":"\xc3("}', b'{"a":"\xe2\x82("}',
    b'{"a":"\xed\xa0\x80"}', '{"a":NaN}', '{"a":-Infinity}', '{"a":Infinity}', '{"a":1}}', " ", '{"a":tru}', "{'a':1}",
    '{"a":01}', '{"a":-}', '{"a":1.}', '{"a":.5}', '{"a":1e}', '{"a":+1}', '{"\u00e9\U0001f600": x}', '{\n"a":\n x}', '["\\ud800\\uzzzz"]',
    '{"a":"\\', '{"a":', "{}{}", "[[[", '{"a":[1 2]}', '{"a":"b" :1}', '{1:2}', '{"a":"\t"}', "\u00a0{}", '{"a":"\\u00"',
]
STRICTER = "stricter: values that would be changed, or that parsers read differently, are rejected"


def written():
    """Requests with one problem each."""
    yield js({})
    yield raw(b"")
    yield raw(b"", content_type="text/plain")
    yield js({"full_name": "John Doe", "username": "johndoe", "details": {
        "user_type": "developer", "bio": "Software developer passionate about AI and open source projects", "country": "USA",
        "linkedin_url": "https://linkedin.com/in/johndoe", "github_url": "https://github.com/johndoe",
        "twitter_url": "https://twitter.com/johndoe", "website_url": "https://johndoe.com",
        "focus_area": ["Machine Learning", "Python", "Web Development"], "platform_features_emails": True,
        "activity_based_emails": False}})
    for name in NAMES:
        yield js({"username": name})
    for text in TEXTS:
        yield js({"full_name": text})
    for value in [None, [], "x", 5, 5.5, True, {}]:
        yield js({"details": value})
        yield js({"username": "taken", "details": value})
    for name, values in FIELDS.items():
        if name in ("linkedin_url", "bio", "dob", "country", "user_type", "skills", "focus_area", "activity_based_emails", "address"):
            for value in values:
                yield details(**{name: value})
                if name in ("dob", "skills", "user_type"):
                    yield js({name: value}, path=DETAILS)
    for value in ["", None, {}, [], 5, True, "x", "javascript:alert(1)", "http://a.com/x.png", "http://a.com/" + "x" * 2036]:
        yield details(profile_picture=value)
        yield details(resume=value)
    for body in BROKEN:
        yield raw(body)
        yield raw(body, path=DETAILS)
    yield raw('{"details":{"bio":"a","bio":1,"phone":"1"},"details":{"bio":"z"}}')
    yield raw('{"full_name":"a","full_name":null}')
    yield from requests()
    yield from forms()
    yield from names()
    yield from stricter()


def requests():
    """Requests with unusual headers, methods and paths."""
    for content_type in ["text/plain", None, "application/merge-patch+json", "application/jsonp", "Application/JSON",
                         "application/json; charset=utf-8", "application/json;x=y", "text/html; application/json"]:
        yield raw("{}", content_type=content_type)
    for accept in ["*/*", "application/json", "application/*", "text/html", "text/html, */*;q=0.1", "", "application/xml,text/html",
                   "application/json; version=1"]:
        yield raw("{}", headers={"Accept": accept})
        yield raw("{}", headers={"Accept": accept}, authorization=None)
    for authorization in [None, "Basic eDp5", "Bearer", "Bearer a b", "Bearer garbage", "Token x"]:
        for method in ["GET", "PATCH", "POST", "DELETE", "PUT"]:
            yield raw("{}", method=method, authorization=authorization)
    for method in ["POST", "PUT", "DELETE", "TRACE"]:
        yield raw("{}", method=method)
    yield raw("{}", method="GET", path=EXISTENCE, authorization=None)
    yield raw("", method="GET")
    for path in [PROFILE, DETAILS, EXISTENCE]:
        for method in ["GET", "PATCH", "POST"]:
            yield raw("{}", method=method, path=path[:-1] + "?a=b", authorization=None)


def forms():
    """Forms, which have strings and files only."""
    one = lambda name, value: form((f'name="{name}"', value))
    yield form(('name="full_name"', "Ada"), ('name="details.bio"', "B"), ('name="details[bio]"', "C"))
    yield one("details", '{"bio":"x"}')
    yield form(('name="details.bio"', "B"), ('name="details.bio"', "C"))
    yield form(('name="details.skills"', "B"), ('name="details.skills"', "C"))
    yield form(('name="details.skills[1]"', "B"), ('name="details.skills[0]"', "C"))
    for name in ["username", "full_name", "details.bio", "details.dob", "details.phone", "details.country", "details.user_type",
                 "details.skills", "details.focus_area", "details.address", "details.activity_based_emails", "details.website_url",
                 "details.profile_picture", "details.resume"]:
        yield one(name, "")
        yield one(name, "x")
        yield one(name, "1")
        yield one(name, " ")
        yield form((f'name="{name}"; filename="a.txt"', "hello"), differs=(
            "a file is looked at: a r\u00e9sum\u00e9 is a PDF or DOCX file" if name.endswith("resume") else None))
        yield form((f'name="{name}"; filename="a.txt"', ""))
        yield form((f'name="{name}"; filename=""', "x"))
    yield one("details.address", '{"a":[1,2]}')
    yield one("details.address", "null")
    yield one("details.address.city", "x")
    yield one("details.skills[0]x", "1")
    yield one("details.activity_based_emails", "on")
    yield form(('name="details.bio"; filename="a.txt"', "file"), ('name="details.bio"', "text"))
    yield form(('name="details.bio"', b"\xff"))
    yield form(('name=" full_name "', "x"))
    yield form(("name=full_name", "x"))
    yield form(("name*=utf-8''full_name", "x"))
    yield form(('name="details.website_url"', "x"), ('name="details.dob"', "y"))
    yield form(('name="full_name"\r\nX: ' + "x" * 2000, "Ada"))
    yield form()
    for content_type in ["multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary="a "']:
        yield raw("x", content_type=content_type)
    yield raw("", content_type="multipart/form-data")
    for body in ["full_name=Ada+B&details.bio=%C3%A9%ff&details.skills=a&details.skills=b", "full_name=Ada;details.bio=x", "full_name",
                 "", "&&", "=x", "details.dob=2023-01-05&details.country=us", "username=taken&details.dob=x", "a=%zz&full_name=%41"]:
        yield raw(body, content_type=URLENCODED)
        yield raw(body.replace("details.", ""), content_type=URLENCODED, path=DETAILS)
    for charset in ["ISO-8859-1", "latin1", "windows-1252", "us-ascii", "utf-8", "hex"]:
        yield raw("full_name=Ren%E9e+%C3%A9", content_type=f"{URLENCODED}; charset={charset}")
    yield raw(b"full_name=\xe9", content_type=f"{URLENCODED}; charset=ISO-8859-1")


def names():
    """Checks of the availability of user names."""
    for authorization in [None, "own"]:
        for name in ["taken", "johndoe", "free", None, "", "x" * 151, [], 5, True, "a\0", "\ud800"]:
            yield js({"username": name}, method="POST", path=EXISTENCE, authorization=authorization)
        for body in ["", "{}", "[]", "x", "null"]:
            yield raw(body, method="POST", path=EXISTENCE, authorization=authorization)
    yield js({"username": "x"}, method="POST", path=EXISTENCE, authorization="Bearer x")
    yield raw("username=taken", content_type=URLENCODED, method="POST", path=EXISTENCE)


def stricter():
    """Requests with an expected difference, and its reason."""
    for name in ["Taken", "admin", "\u0430dmin", "."]:
        yield js({"username": name}, differs="one rule for user names in all dialects: RFC 8265, no look-alikes, no reserved names")
    yield js({"username": "\u200b"}, differs="strings without a visible character are blank")
    for link in ["https://u:p@a.com", "http://user@a.com:80/x", "http://a.com/x\\y"]:
        yield details(website_url=link, differs="URLs that hide their host are rejected")
    yield details(website_url="http://a.com/\u202e", differs="URLs that hide their host are rejected")
    yield details(profile_picture="http://a.c/x", differs="the URL of an image may have any host, as in other dialects")
    yield details(profile_picture="ftp://a.com/x", differs="the URL of an image is an http or https URL")
    for text in ["\u202ex", "a\x01b", "a\x1b[0m"]:
        yield details(bio=text, differs="control characters and direction overrides are rejected")
    yield details(phone="\u202d+1 555 010\u202c", differs="enclosing direction marks are trimmed")
    yield details(bio="e\u0301", differs="strings are stored in NFC")
    yield details(bio="\u200b", differs="strings without a visible character are blank")
    yield details(skills=["\u200b"], differs="strings without a visible character are blank")
    yield details(dob="2999-01-01", differs="dates of birth in the future are rejected")
    yield details(dob="\uff12\uff10\uff12\uff13-01-01", differs="dates have ASCII digits")
    yield details(country="South Korea", differs="all countries are known, unlike in this application")
    for body in ['{"details":{"bio":1e400}}', '{"a":1e400}', '{"a":123456789012345678901234567890}', "[" * 100000, '{"details":{"address":"\\ud800"}}']:
        yield raw(body, differs=STRICTER)
    yield raw(b"{}\xc3", differs="an incomplete character at the end is not dropped")
    yield raw('{"details":{"address":' + "[" * 40 + "]" * 40 + "}}", differs="JSON fields are bounded in depth")
    yield details(address="x" * 20000, differs="JSON fields are bounded in size")
    yield raw('{"full_name":"\xe9"}'.encode("latin-1"), content_type="application/json; charset=latin-1", differs="JSON is UTF-8")
    for charset in ["utf-16", "klingon"]:
        yield raw("full_name=Ada+%E9", content_type=f"{URLENCODED}; charset={charset}", differs="strings are decoded in their charset")
    yield raw("x", content_type="multipart/form-data; boundary=b", differs="truncated forms are rejected")
    yield form(('name="full_name"\r\nContent-Transfer-Encoding: base64', "QWRh"), differs="transfer encodings are not supported (RFC 7578)")
    yield raw("&".join(f"a={n}" for n in range(1001)), content_type=URLENCODED, differs="errors are JSON")
    yield raw("{}", authorization="lower", differs="the scheme is case-insensitive (RFC 9110)")
    yield raw("{}", path="/api/v1/iam/nothing/", differs="errors are JSON")
    yield raw("{}", method="GET", path=PROFILE + "?format=xml", differs="query parameters are ignored")
    yield raw("{}", method="OPTIONS", differs="OPTIONS requires no token and has no body")
    yield js({"username": "a b"}, method="POST", path=EXISTENCE, authorization=None, differs="invalid names are not available")


def generated(count, seed):
    """Random requests: several fields at once, malformed JSON, and forms with the same fields."""
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.random()
        names = chance.sample(list(FIELDS), chance.randint(1, 6))
        fields = {name: chance.choice(FIELDS[name]) for name in names}
        if kind < 0.55:
            body = {"details": fields}
            if chance.random() < 0.3:
                body["username"] = chance.choice(NAMES)
            if chance.random() < 0.3:
                body["full_name"] = chance.choice(TEXTS)
            yield js(body)
        elif kind < 0.7:
            yield js(fields, path=DETAILS)
        elif kind < 0.85:
            text = json.dumps({"details": fields, "x": "\u00e9"}, ensure_ascii=False, indent=chance.choice([None, 1]))
            text = list(text.encode("utf-8", "replace").decode())
            for _ in range(chance.randint(1, 3)):
                place = chance.randrange(len(text))
                what = chance.random()
                if what < 0.4:
                    del text[place]
                elif what < 0.8:
                    text.insert(place, chance.choice('{}[]":,\\u0dx1e.-+ \n\té'))
                else:
                    del text[place:]
                if not text:
                    text = ["x"]
            yield raw("".join(text))
        else:
            parts = []
            for name, value in fields.items():
                values = value if isinstance(value, list) else [value]
                for item in values[:5]:
                    text = item if isinstance(item, str) else json.dumps(item)
                    parts.append((f'name="details.{name}"', text.encode("utf-8", "replace")))
            yield form(*parts)
