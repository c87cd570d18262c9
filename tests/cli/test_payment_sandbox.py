"""The payment provider to practise with, as `huike up --demo` starts it."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from huike.cli import up
from huike.cli.supervisor import Supervisor
from huike.platform.config import Config, get_config
from tests.cli.product import free_port, huike


def test_the_demo_has_a_sandbox_that_believes_the_installations_own_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIKE_DATA_DIR", str(tmp_path))
    config = Config(data_dir=tmp_path, port=free_port())
    supervisor = Supervisor(say=print)
    try:
        url = up._start_payment_sandbox(config, supervisor)
        assert int(url.rsplit(":", 1)[1]) >= config.port + 10
        key = config.payments_sandbox_key()
        answer = httpx.get(f"{url}/v1/ping", headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()) == (200, {"says": "the sandbox answers"})
        assert httpx.get(f"{url}/v1/ping").status_code == 401
        assert httpx.get(f"{url}/admin/truth").status_code == 401
        assert httpx.get(f"{url}/pay/P000000", headers={"Accept-Language": "zh-CN"}).status_code == 404
    finally:
        supervisor.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/v1/ping")
    assert (tmp_path / "payments-sandbox.sqlite").is_file()


def test_without_its_address_there_is_no_sandbox() -> None:
    get_config.cache_clear()
    assert get_config().payments_sandbox_url is None
    env = {**os.environ, "HUIKE_PAYMENTS_SANDBOX_URL": "ftp://sandbox"}
    refused = huike("payments", "sandbox", "--port=0", env=env)
    assert refused.returncode == 2
    assert "HUIKE_PAYMENTS_SANDBOX_URL" in refused.stderr
