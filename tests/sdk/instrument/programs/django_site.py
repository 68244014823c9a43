"""A site in Django in one file, that knows nothing of telemetry: a script, and a WSGI application."""

import os
import sys
from collections.abc import Iterator

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import path

MIDDLEWARE = ("django.middleware.common.CommonMiddleware",)


def order(_request: HttpRequest, number: int) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name = %s", ["secret"])
    return JsonResponse({"number": number, "pid": os.getpid()})


def stream(_request: HttpRequest) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        for number in range(3):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {number}")
            yield str(number)

    return StreamingHttpResponse(pieces())


def fails(_request: HttpRequest) -> JsonResponse:
    raise LookupError("no such order")


urlpatterns = [path("orders/<int:number>", order), path("fails", fails), path("stream", stream)]

settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="not one",
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=MIDDLEWARE,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    LOGGING_CONFIG=None,
)
django.setup()
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
