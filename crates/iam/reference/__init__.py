"""A small application on the framework that the documented API runs on.

It declares the fields of the contract as listed in `docs/dialects/iam.md`. Messages, coercions and the order of checks
are the framework's. `compare.py` sends the same requests to it and to manyface.
"""

from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="a key of thirty-two bytes or more, for tests alone",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="reference.application",
    USE_TZ=True,
    TIME_ZONE="UTC",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LOGGING_CONFIG=None,
    AUTH_USER_MODEL="reference.IAMUser",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "reference"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATA_UPLOAD_MAX_MEMORY_SIZE=64 * 1024 * 1024,
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
