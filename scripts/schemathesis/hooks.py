"""What the documents cannot say, said to schemathesis."""

import schemathesis
