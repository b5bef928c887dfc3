"""What the documents cannot say in a schema, said to schemathesis: examples of formats whose rules are sentences."""

import base64
import datetime
import json

import schemathesis
from hypothesis import strategies as st

# The smallest pictures that are whole.
GIF = base64.b64decode("R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,20}", fullmatch=True)


def data_url(kind, picture):
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


# An address of the web, with nothing in it that hides where it leads.
schemathesis.openapi.format(
    "uri",
    st.builds(
        "{}://{}.example.{}{}".format,
        st.sampled_from(["http", "https", "HTTPS"]),
        NAMES,
        st.sampled_from(["com", "org"]),
        st.from_regex(r"(/[A-Za-z0-9._~-]{0,8}){0,3}(\?[a-z]{1,4}=[0-9]{1,4})?(#[a-z]{1,5})?", fullmatch=True),
    ),
)
# A name of one script, which nobody is likely to have.
schemathesis.openapi.format("username", st.builds("{}{}_{}".format, NAMES, st.integers(0, 10**9), NAMES))
# A day on which somebody who lives can have been born.
schemathesis.openapi.format(
    "date", st.dates(datetime.date(1900, 1, 1), datetime.date(2026, 1, 1)).map(datetime.date.isoformat)
)
schemathesis.openapi.format(
    "country",
    st.sampled_from(["", "US", "usa", "GBR", "de", "France", "united states", "Côte d'Ivoire", "JP", "Zimbabwe"]),
)
schemathesis.openapi.format("image-data-uri", st.sampled_from([data_url("gif", GIF), data_url("PNG", PNG)]))
# A text that is JSON, for the fields of forms that are read as such.
schemathesis.openapi.format(
    "json",
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.from_regex(r"[ -~]{0,20}", fullmatch=True),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ).map(json.dumps),
)
