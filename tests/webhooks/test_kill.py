"""The sender dies by SIGKILL in the middle, again and again; what arrived is held against what was to arrive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict

import pytest

from huike.platform import outbox
from huike.webhooks.delivery import AT_ONCE
from huike.webhooks.models import Attempt, Delivery
from tests.webhooks.receiver import Receiver
from tests.webhooks.world import let_time_pass, order_placed, webhook

SENDER = """
import django
django.setup()
from huike.webhooks.delivery import send_due
send_due()
"""
KILLS = 2
ORDERS = 150


def sender() -> subprocess.Popen[bytes]:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "huike.platform.django_settings"}
    return subprocess.Popen([sys.executable, "-c", SENDER], env=environment)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_loopback_opened")
def test_a_sender_killed_in_the_middle_loses_nothing_and_repeats_under_the_same_id(receiver: Receiver) -> None:
    webhook(receiver.url)
    for number in range(ORDERS):
        order_placed(number, customer_id=number % 10)
    while outbox.drain():
        pass
    for kill in range(1, KILLS + 1):
        process = sender()
        while len(receiver.told) < kill * ORDERS // (KILLS + 1) and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        let_time_pass()
    assert sender().wait(60) == 0

    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    ids = defaultdict(set)
    firsts = defaultdict(list)
    for told in receiver.told:
        data = told.content["data"]
        if not ids[data["order_id"]]:
            firsts[data["customer_id"]].append(data["order_id"])
        ids[data["order_id"]].add(told.id)
    assert sorted(ids) == list(range(ORDERS))
    assert all(len(same) == 1 for same in ids.values())
    assert all(orders == sorted(orders) for orders in firsts.values())
    assert len(receiver.told) <= ORDERS + KILLS * AT_ONCE
    assert Attempt.objects.filter(outcome="interrupted").count() <= KILLS * AT_ONCE
