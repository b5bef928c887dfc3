"""The stored models: users with their details, and the names of the catalogue."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models


class IAMUser(AbstractBaseUser):
    username = models.CharField(
        max_length=150,
        unique=True,
        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "A user with that username already exists."},
    )
    email = models.EmailField()
    full_name = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    # The validated details in one column: only the responses are compared.
    details = models.JSONField(default=dict)
    USERNAME_FIELD = "username"
    objects = BaseUserManager()


class Name(models.Model):
    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=100)
