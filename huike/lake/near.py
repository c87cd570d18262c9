"""Copies of the lake's files for who may not reach out to object storage.

An analyst's question runs in a process that knows no secret and opens no connection (ADR 0014): where the lake lies in
object storage, what the question reads is brought near first. A file of the lake never changes, so a copy is good as
long as it is wanted; those not read for longest go when there is no more room, and all of them with an erasure.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

from pyarrow import fs

from huike.lake.errors import LakeUnavailable, QueryCancelled, QueryTooLarge
from huike.platform.config import get_config

_PIECE: Final = 4 * 1024**2
# What was read a moment ago may be read by a question under way.
_IN_USE_SECONDS: Final = 600.0

Stopped = Callable[[], bool]


def folder() -> Path:
    """Where processes that ask find the lake's files."""
    config = get_config()
    return _copies() if config.lake_in_object_storage else Path(config.lake_location).resolve()


def paths(files: Iterable[str], *, stopped: Stopped) -> Mapping[str, str]:
    """Where each of these files, as the catalogue names them, lies on this machine, once all of them do.

    Raises LakeUnavailable, QueryTooLarge where they do not fit into HUIKE_LAKE_COPIES_LIMIT, QueryCancelled, and what
    `stopped` raises.
    """
    near = {file: str(_copy_of(file)) if "://" in file and not file.startswith("file://") else "" for file in files}
    far = [file for file, path in near.items() if path]
    if far:
        _bring(far, stopped)
    return {file: path or file.removeprefix("file://") for file, path in near.items()}


def forget() -> None:
    """Leave no copy: what they hold may be somebody who is to be erased."""
    shutil.rmtree(_copies(), ignore_errors=True)


def _copies() -> Path:
    return get_config().data_dir.resolve() / "lake-copies"


def _copy_of(file: str) -> Path:
    return _copies() / f"{blake2b(file.encode(), digest_size=16).hexdigest()}.parquet"


def _bring(files: Iterable[str], stopped: Stopped) -> None:
    _copies().mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = []
    for file in files:
        try:
            os.utime(_copy_of(file))
        except FileNotFoundError:
            missing.append(file)
    if not missing:
        return
    try:
        storage = _storage()
        told = storage.get_file_info([_key(file) for file in missing])
        _make_room(sum(one.size or 0 for one in told), wanted={_copy_of(file) for file in files})
        for file in missing:
            _copy(storage, file, stopped)
    except OSError as error:
        raise LakeUnavailable(str(error)[:300]) from error


def _copy(storage: fs.FileSystem, file: str, stopped: Stopped) -> None:
    """Whole or not at all, whoever else copies it at the same time."""
    begun = _copies() / f"{secrets.token_hex(8)}.part"
    try:
        with storage.open_input_stream(_key(file)) as far, begun.open("wb") as near:
            while piece := far.read(_PIECE):
                if stopped():
                    raise QueryCancelled
                near.write(piece)
        begun.replace(_copy_of(file))
    finally:
        begun.unlink(missing_ok=True)


def _make_room(wanted_bytes: int, *, wanted: set[Path]) -> None:
    limit = get_config().lake_copies_bytes
    held = []
    for path in _copies().iterdir():
        with contextlib.suppress(FileNotFoundError):
            held.append((path.stat().st_mtime, path.stat().st_size, path))
    room = limit - sum(size for _, size, _ in held) - wanted_bytes
    for used_at, size, path in sorted(held):
        if room >= 0:
            return
        if path not in wanted and used_at < time.time() - _IN_USE_SECONDS:
            path.unlink(missing_ok=True)
            room += size
    if room < 0:
        raise QueryTooLarge


def _key(file: str) -> str:
    return file.partition("://")[2]


def _storage() -> fs.FileSystem:
    config = get_config()
    return fs.S3FileSystem(
        access_key=config.lake_s3_key_id,
        secret_key=config.lake_s3_secret.get_secret_value() if config.lake_s3_secret else None,
        region=config.lake_s3_region,
        endpoint_override=config.lake_s3_endpoint,
        scheme="https" if config.lake_s3_use_ssl else "http",
        force_virtual_addressing=config.lake_s3_endpoint is not None and config.lake_s3_url_style == "vhost",
        connect_timeout=5,
        request_timeout=30,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=3),
    )
