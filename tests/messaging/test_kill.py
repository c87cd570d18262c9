"""The sender dies by SIGKILL in the middle, again and again; what arrived is held against what the database says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from huike.messaging.delivery import finish_dispatches, recover_dead_runs
from huike.messaging.models import Dispatch, Message, SendRun
from huike.messaging.tokens import message_header_id
from tests.mail_server import MailServer
from tests.messaging import world

SENDER = """
import sys, django
django.setup()
from huike.messaging.delivery import send_due
send_due(int(sys.argv[1]), seconds=60)
"""
KILLS = 3
PEOPLE = 240


def sender(made: Dispatch) -> subprocess.Popen[bytes]:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "huike.platform.django_settings"}
    return subprocess.Popen([sys.executable, "-c", SENDER, str(made.pk)], env=environment)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_sender_killed_in_the_middle_sends_nothing_twice_and_loses_nothing_silently(mail_server: MailServer) -> None:
    world.use_server(mail_server, connections_count=3)
    made = world.dispatch([world.customer(f"Person {number}") for number in range(PEOPLE)])

    for number in range(1, KILLS + 1):
        process = sender(made)
        while len(mail_server.taken) < number * PEOPLE // (KILLS + 1) and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # Its connections end with it; the server notices in its own time.
        while recover_dead_runs() == 0 and SendRun.objects.filter(ended_at=None).exists():
            time.sleep(0.01)
        assert not Message.objects.filter(state__in=["claimed", "sending"]).exists()
    finishing = sender(made)
    assert finishing.wait() == 0
    finish_dispatches()

    arrived = Counter(str(mail.message["Message-ID"]) for mail in mail_server.taken)
    ids = {
        state: {
            message_header_id(pk, domain="brand.example")
            for pk in Message.objects.filter(state=state).values_list("pk", flat=True)
        }
        for state in ("sent", "uncertain")
    }
    assert max(arrived.values()) == 1
    assert len(ids["sent"]) + len(ids["uncertain"]) == PEOPLE
    assert ids["sent"] <= arrived.keys()
    assert len(ids["uncertain"]) <= KILLS * 3
    assert arrived.keys() <= ids["sent"] | ids["uncertain"]
    made.refresh_from_db()
    assert made.state == Dispatch.State.DONE
