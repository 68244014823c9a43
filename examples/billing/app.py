"""The Celery application. Each of its processes sends what it does to Sonde."""

from __future__ import annotations

import os

from celery import Celery

import sonde

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")

sonde.configure(service_name="billing")

app = Celery("billing", broker=REDIS_URL, include=["tasks"])
app.conf.task_ignore_result = True
app.conf.task_acks_late = True
app.conf.broker_connection_retry_on_startup = True
app.conf.worker_prefetch_multiplier = 1
app.conf.worker_hijack_root_logger = False
