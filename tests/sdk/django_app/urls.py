"""The routes: the webhook of django-qstash."""

from __future__ import annotations

from django.urls import path
from django_qstash.views import qstash_webhook_view

urlpatterns = [path("qstash/webhook/", qstash_webhook_view)]
