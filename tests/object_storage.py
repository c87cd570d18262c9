"""Object storage on this machine: a SeaweedFS, which is a real server that speaks S3, from its package. Its processes
end with the test process, however that ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

from tests.spark import TIED, free_port

_PATIENCE_SECONDS = 60


class Storage:
    """`settings` are what HUIKE_LAKE_S3_… want besides the place. The reader's key may list and read, nothing else."""

    key_id, secret = "huike-tests", "an/odd+secret'of=40:characters-and-a-few"
    reader_key_id, reader_secret = "reader", "the-secret-of-somebody-who-only-reads"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {
            "HUIKE_LAKE_S3_ENDPOINT": self.endpoint,
            "HUIKE_LAKE_S3_KEY_ID": self.key_id,
            "HUIKE_LAKE_S3_SECRET": self.secret,
            "HUIKE_LAKE_S3_URL_STYLE": "path",
            "HUIKE_LAKE_S3_USE_SSL": "false",
        }

    def start(self) -> None:
        port = free_port()
        people = [
            (self.key_id, self.secret, ["Admin", "Read", "List", "Tagging", "Write"]),
            (self.reader_key_id, self.reader_secret, ["Read", "List"]),
        ]
        identities = [
            {"name": name, "credentials": [{"accessKey": name, "secretKey": secret}], "actions": actions}
            for name, secret, actions in people
        ]
        config = self.folder / "s3.json"
        config.write_text(json.dumps({"identities": identities}))
        ports = {
            name: str(free_port())
            for part in ("master.port", "volume.port", "filer.port")
            for name in (part, f"{part}.grpc")
        }
        with (self.folder / "weed.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-c", TIED, str(os.getpid())),
                    *(str(Path(sys.executable).with_name("weed")), "-logtostderr=true", "server"),
                    *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder}"),
                    *("-master.volumeSizeLimitMB=64", "-volume.max=100", "-master.telemetry=false"),
                    *("-filer", f"-filer.localSocket={self.folder / 'filer.sock'}"),
                    *("-s3", f"-s3.port={port}", f"-s3.port.grpc={free_port()}", f"-s3.config={config}"),
                    # What others ask for is not opened: its ports would be the same for every test process.
                    *("-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
                    f"-s3.localSocket={self.folder / 's3.sock'}",
                    *(f"-{name}={value}" for name, value in ports.items()),
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.endpoint = f"127.0.0.1:{port}"
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self.client().create_bucket(Bucket="first")
                return
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)

    def client(self) -> Any:
        """Amazon's own client, as who may do everything."""
        return boto3.client(
            "s3",
            endpoint_url=f"http://{self.endpoint}",
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            config=botocore.config.Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Bucket:
    """One bucket, seen by Amazon's own client."""

    def __init__(self, storage: Storage, name: str) -> None:
        self.storage = storage
        self.name = name
        self._client = storage.client()
        self._client.create_bucket(Bucket=name)

    def objects(self) -> set[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {row["Key"] for page in pages for row in page.get("Contents", [])}

    def contents(self) -> dict[str, bytes]:
        """Every version of every object that there is, by key and version."""
        found = {}
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self.name):
            for row in page.get("Versions", []):
                told = {"VersionId": row["VersionId"]} if row["VersionId"] != "null" else {}
                answer = self._client.get_object(Bucket=self.name, Key=row["Key"], **told)
                found[f"{row['Key']}@{row['VersionId']}"] = answer["Body"].read()
        return found

    def unfinished(self) -> list[str]:
        """Uploads that were begun and neither finished nor given up: their parts are kept, and not listed."""
        return [row["Key"] for row in self._client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])]


@contextmanager
def running() -> Iterator[Storage]:
    folder = Path(tempfile.mkdtemp(prefix="huike-s3-"))
    storage = Storage(folder)
    try:
        storage.start()
        yield storage
    finally:
        storage.stop()
        shutil.rmtree(folder, ignore_errors=True)
