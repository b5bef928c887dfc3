"""The operations, as the framework's own views and serializers."""

import datetime

import django

django.setup()

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import IAMUser, Name

USER_TYPES = ["developer", "investor"]
COUNTRIES = {"US": "USA", "DE": "DEU", "FR": "FRA", "JP": "JPN", "BR": "BRA"}
NAMES = {"germany": "DEU", "france": "FRA", "japan": "JPN", "brazil": "BRA", "united states of america": "USA"}
FLAGS = [
    "communication_preferences_phone",
    "communication_preferences_email",
    "platform_features_emails",
    "activity_based_emails",
]
LINKS = ["linkedin_url", "github_url", "twitter_url", "facebook_url", "website_url", "portfolio_url"]
LISTS = ["skills", "investment_interests", "technical_interests", "focus_area"]


class CountryField(serializers.CharField):
    default_error_messages = {"invalid_choice": '"{input}" is not a valid choice.'}

    def to_internal_value(self, data):
        text = super().to_internal_value(data)
        code = COUNTRIES.get(text.upper()) or NAMES.get(text.lower())
        if code is None and text.upper() in COUNTRIES.values():
            code = text.upper()
        if code is None:
            self.fail("invalid_choice", input=text)
        return code


class ChildField(serializers.CharField):
    """A name, or the id of a name."""

    def run_validation(self, data=serializers.empty):
        if isinstance(data, int) and not isinstance(data, bool):
            return data
        return super().run_validation(data)


class NamesField(serializers.ListField):
    default_error_messages = {"does_not_exist": 'Invalid pk "{pk}" - object does not exist.'}

    def __init__(self, kind, **kwargs):
        self.kind = kind
        super().__init__(child=ChildField(max_length=100), **kwargs)

    def to_internal_value(self, data):
        items = super().to_internal_value(data)
        if len(items) > 100:
            raise serializers.ValidationError("Ensure this field has no more than 100 elements.")
        ids = []
        for item in items:
            if isinstance(item, int):
                if not Name.objects.filter(pk=item, kind=self.kind).exists():
                    self.fail("does_not_exist", pk=item)
                ids.append(item)
            else:
                found = Name.objects.filter(kind=self.kind, name__iexact=item).first()
                ids.append((found or Name.objects.create(kind=self.kind, name=item)).pk)
        return list(dict.fromkeys(ids))


class PictureField(serializers.ImageField):
    """A URL or a file."""

    address = serializers.URLField(max_length=2048, allow_blank=True)

    def run_validation(self, data=serializers.empty):
        if isinstance(data, UploadedFile):
            return super().run_validation(data)
        if data is serializers.empty:
            raise serializers.SkipField()
        return self.address.run_validation(data)

    def to_internal_value(self, data):
        super().to_internal_value(data)
        return "file"


class ResumeField(serializers.FileField):
    address = serializers.URLField(max_length=200, allow_blank=True)

    def run_validation(self, data=serializers.empty):
        if isinstance(data, UploadedFile):
            return super().run_validation(data)
        if data is serializers.empty:
            raise serializers.SkipField()
        return self.address.run_validation(data)

    def to_internal_value(self, data):
        super().to_internal_value(data)
        return "file"


def link():
    return serializers.URLField(max_length=200, allow_null=True, allow_blank=True, required=False)


def flag():
    return serializers.BooleanField(allow_null=True, required=False)


class DetailSerializer(serializers.Serializer):
    profile_picture = PictureField(required=False)
    bio = serializers.CharField(max_length=10000, allow_null=True, allow_blank=True, required=False)
    address = serializers.JSONField(allow_null=True, required=False)
    country = CountryField(allow_blank=True, required=False)
    phone = serializers.CharField(max_length=32, allow_null=True, allow_blank=True, required=False)
    dob = serializers.DateField(allow_null=True, required=False)
    user_type = serializers.ChoiceField(choices=USER_TYPES, allow_blank=True, required=False)
    linkedin_url = link()
    github_url = link()
    twitter_url = link()
    facebook_url = link()
    website_url = link()
    portfolio_url = link()
    skills = NamesField("skill", required=False)
    investment_interests = NamesField("investment_interest", required=False)
    technical_interests = NamesField("technical_interest", allow_null=True, required=False)
    focus_area = NamesField("tag", allow_null=True, required=False)
    resume = ResumeField(required=False)
    communication_preferences_phone = flag()
    communication_preferences_email = flag()
    platform_features_emails = flag()
    activity_based_emails = flag()
    company_info = serializers.JSONField(allow_null=True, required=False)
    additional_data = serializers.JSONField(allow_null=True, required=False)


class ProfileSerializer(serializers.ModelSerializer):
    details = DetailSerializer(required=False)

    class Meta:
        model = IAMUser
        fields = ["full_name", "username", "details"]


def details_of(user):
    """Returns the details of a response: unset strings are empty, unset booleans are false."""
    details = dict(user.details)
    for name in ["profile_picture", "bio", "country", "phone", "resume", *LINKS]:
        details[name] = details.get(name) or ""
    for name in FLAGS:
        details[name] = bool(details.get(name))
    for name in LISTS:
        details[name] = details.get(name) or []
    for name in ["address", "dob", "company_info", "additional_data"]:
        details.setdefault(name, None)
    return details


def entries(ids, with_id=True):
    names = Name.objects.in_bulk(ids)
    if with_id:
        return [{"id": pk, "name": names[pk].name, "description": None} for pk in ids]
    return [{"name": names[pk].name} for pk in ids]


def representation(user):
    d = details_of(user)
    data = {
        "user_id": str(user.pk),
        "full_name": user.full_name,
        "email": user.email,
        "username": user.username,
        "created_at": serializers.DateTimeField().to_representation(user.created_at),
    }
    for name in ["profile_picture", "bio", "address", "country", "phone", "dob", *LINKS, *LISTS, "resume"]:
        data[name] = d[name]
    for name in ["company_info", *FLAGS]:
        data[name] = d[name]
    data["skills_data"] = entries(d["skills"])
    data["investment_interests_data"] = entries(d["investment_interests"])
    data["technical_interests_data"] = entries(d["technical_interests"])
    data["focus_area_data"] = entries(d["focus_area"], with_id=False)
    data["additional_data"] = d["additional_data"]
    data.update(followers_count=0, following_count=0, is_following=False, is_followed_back=False)
    data.update(is_current_user=True, top_domain_elo=0.0, top_domain_rank=0, streak="0", highest_streak="0")
    data.update(streak_freeze_days="0", title="", unlocked_titles="")
    return data


class ProfileView(APIView):
    def get(self, request):
        return Response(representation(request.user))

    def patch(self, request):
        serializer = ProfileSerializer(request.user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        save(request.user, serializer.validated_data)
        return Response(representation(request.user))


class DetailView(APIView):
    def patch(self, request):
        serializer = DetailSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        save(request.user, {"details": serializer.validated_data})
        return Response(details_of(request.user))


class NameSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=150)


class ExistenceView(APIView):
    permission_classes = [AllowAny]

    def post(self, request):
        serializer = NameSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        name = serializer.validated_data["username"]
        taken = IAMUser.objects.filter(username=name)
        if request.user.is_authenticated:
            taken = taken.exclude(pk=request.user.pk)
        return Response({"available": not taken.exists()})


class MissingView(APIView):
    def get(self, request):
        raise NotFound("User detail not found")


def save(user, data):
    if "full_name" in data:
        user.full_name = data["full_name"]
    if "username" in data:
        user.username = data["username"]
    for name, value in data.get("details", {}).items():
        user.details[name] = value.isoformat() if isinstance(value, datetime.date) else value
    user.save()


urlpatterns = [
    path("api/v1/iam/user/profile/", ProfileView.as_view()),
    path("api/v1/iam/iamuserdetails/me/", DetailView.as_view()),
    path("api/v1/iam/check-user-existence/", ExistenceView.as_view()),
    path("api/v1/iam/missing/", MissingView.as_view()),
]


def prepare():
    with connection.schema_editor() as editor:
        editor.create_model(IAMUser)
        editor.create_model(Name)


def add_user(username, full_name=""):
    at = datetime.datetime(2026, 6, 25, 10, 30, tzinfo=datetime.timezone.utc)
    email = username + "@example.com"
    return IAMUser.objects.create(username=username, full_name=full_name, email=email, created_at=at)
