"""The vault's objects in an S3 bucket, through the client of django-storages; its file interface is switched off.

Credentials, region and endpoint come from boto3's own environment variables (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3 …).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from storages.backends.s3 import S3Storage

from trustcenter.vault.objects import NAME, PROBE, Missing, StorageAway, Unstored, checked
from trustcenter.work.circuit import Away, Circuit
from trustcenter.work.ids import new_id

# S3 takes up to 10,000 parts of at least 5 MiB each. Parts of this size allow 78 GiB and keep memory use flat.
PART = 8 * 1024 * 1024
GONE = {"404", "NoSuchKey", "NotFound"}
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
# A bucket answers within a fraction of a second. The client tries twice, because a connection that was kept may be broken.
CONNECT_SECONDS, READ_SECONDS, TRIES = 2, 3, 2
# How long a caller waits while as many others as may send files at once wait for the bucket: threads stay free for pages.
TURN_SECONDS = 1.0
# The length of an encrypted stream's header, which is random.
START = 40


class S3Objects(S3Storage):
    """Objects `<location>/<name>`. They have no URL, are never overwritten, and are never read whole into memory."""

    def __init__(self, **options: Any) -> None:
        # AES-GCM and our SHA-256 check every byte end to end, and some S3 servers do not know Amazon's newer checksums.
        client = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(file_overwrite=False, default_acl=None, gzip=False, client_config=client, **options)
        self._circuit = Circuit(f"the bucket {self.bucket_name}", pause=0.5, counts=_is_away)
        self._turns = threading.BoundedSemaphore(settings.FILES_AT_ONCE)

    def url(self, *args: object, **kwargs: object) -> str:
        raise NotImplementedError("an object of the vault has no URL")

    def _open(self, *args: object, **kwargs: object) -> None:
        raise NotImplementedError("only the vault reads its objects")

    _save = _open

    def create(self, name: str) -> "S3Writer":
        return S3Writer(self, self.key(name))

    def open(self, name: str, mode: str = "rb") -> "S3Ciphertext":
        return S3Ciphertext(self, self.key(name))

    def delete(self, name: str) -> None:
        self.call("delete_object", Key=self.key(name))

    def names(self) -> Iterator[tuple[str, float]]:
        for item in self._listed("list_objects_v2", "Contents"):
            if self._is_ours(item["Key"]):
                yield item["Key"].removeprefix(self._prefix()), item["LastModified"].timestamp()

    def sweep(self, before: float) -> int:
        swept = 0
        for upload in self._listed("list_multipart_uploads", "Uploads"):
            if upload["Initiated"].timestamp() < before and self._is_ours(upload["Key"]):
                self.call("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
                swept += 1
        for item in self._listed("list_objects_v2", "Contents", PROBE):
            if item["LastModified"].timestamp() < before:
                self.call("delete_object", Key=item["Key"])
                swept += 1
        return swept

    def probe(self) -> None:
        key = f"{self._prefix()}{PROBE}{new_id()}"
        self.call("put_object", Key=key, Body=b"probe")
        try:
            if self.read(Key=key) != b"probe":
                raise OSError("the bytes that were read are not those that were written")
        finally:
            self.call("delete_object", Key=key)

    def key(self, name: str) -> str:
        return self._prefix() + checked(name)

    def call(self, operation: str, **arguments: Any) -> Any:
        """The bucket's answer. Raises Missing, Unstored if the name is taken, StorageAway if there is no answer, or OSError."""
        try:
            with self._asking(operation):
                return getattr(self.connection.meta.client, operation)(Bucket=self.bucket_name, **arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in GONE and operation in {"head_object", "get_object"}:
                raise Missing(f"object {arguments['Key']} is gone") from None
            if code in TAKEN and "IfNoneMatch" in arguments:
                raise Unstored(f"there is already an object {arguments['Key']}") from None
            raise OSError(f"the bucket {self.bucket_name} refuses {operation}: {error}") from error

    def read(self, **arguments: Any) -> bytes:
        """The bytes of an object, or of a part of it. Raises as `call` does."""
        body = self.call("get_object", **arguments)["Body"]
        with self._asking("get_object"):
            return bytes(body.read())

    @contextmanager
    def _asking(self, operation: str) -> Iterator[None]:
        """Limits how many threads wait for the bucket, and lets all but one fail at once while it is away."""
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise StorageAway(f"the bucket {self.bucket_name} is too slow")
        try:
            with self._circuit.asking():
                yield
        except Away as away:
            raise StorageAway(str(away)) from None
        except (BotoCoreError, ClientError) as error:
            if _is_away(error):
                raise StorageAway(f"the bucket {self.bucket_name} does not answer {operation}: {error}") from error
            raise
        finally:
            self._turns.release()

    def _prefix(self) -> str:
        return f"{self.location.strip('/')}/".lstrip("/")

    def _is_ours(self, key: str) -> bool:
        """Whether this is the key of an object. The bucket may hold other things, also below our prefix."""
        return bool(NAME.fullmatch(key.removeprefix(self._prefix())))

    def _listed(self, operation: str, part: str, start: str = "") -> Iterator[Any]:
        """What the bucket lists as `part` of its answer, below our prefix and with names that begin with `start`."""
        try:
            pages = self.connection.meta.client.get_paginator(operation)
            found = iter(pages.paginate(Bucket=self.bucket_name, Prefix=self._prefix() + start))
            while True:
                with self._asking(operation):
                    page = next(found, None)
                if page is None:
                    return
                yield from page.get(part, [])
        except ClientError as error:
            raise OSError(f"the bucket {self.bucket_name} refuses {operation}: {error}") from error


def _is_away(error: Exception) -> bool:
    """Whether there was no answer, or only one that says that the service has a problem."""
    if isinstance(error, ClientError):
        return bool(error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500)
    return True


class S3Writer:
    """Sends an upload in parts; it has no name until it is complete. A small object is sent at once, at the end."""

    def __init__(self, objects: S3Objects, key: str) -> None:
        self._objects, self._key = objects, key
        self._waiting = bytearray()
        self._upload = ""
        self._start = b""
        self._parts: list[dict[str, Any]] = []
        self._arrived = 0
        self._finished = False

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) > PART:
            self._send(bytes(self._waiting[:PART]))
            del self._waiting[:PART]

    def finish(self, size: int) -> None:
        arrived = self._arrived + len(self._waiting)
        if arrived != size:
            self.abandon()
            raise Unstored(f"{size} bytes were written, and {arrived} arrived")
        try:
            self._complete(bytes(self._waiting))
        except Unstored:
            # A client that gets no answer tries again, and may then hear that the name is taken by its own first try.
            if not self._is_ours():
                raise
        self._finished = True
        stored = self._objects.call("head_object", Key=self._key)["ContentLength"]
        if stored != size:
            self._objects.call("delete_object", Key=self._key)
            raise Unstored(f"{size} bytes were sent, and {stored} arrived")

    def abandon(self) -> None:
        self._waiting.clear()
        if self._upload and not self._finished:
            self._objects.call("abort_multipart_upload", Key=self._key, UploadId=self._upload)
        self._finished = True

    def _complete(self, last: bytes) -> None:
        """Sends the last bytes and names the object. The condition keeps the bucket from replacing an object."""
        if self._upload:
            self._send(last)
            parts = {"Parts": self._parts}
            self._objects.call(
                "complete_multipart_upload",
                Key=self._key,
                IfNoneMatch="*",
                UploadId=self._upload,
                MultipartUpload=parts,
            )
        else:
            self._start = last[:START]
            self._objects.call("put_object", Key=self._key, Body=last, IfNoneMatch="*")

    def _is_ours(self) -> bool:
        """Whether the stored object begins with the same random header, so that it is the one that was written here."""
        if len(self._start) < START:
            return False
        return self._objects.read(Key=self._key, Range=f"bytes=0-{START - 1}") == bytes(self._start)

    def _send(self, part: bytes) -> None:
        if not self._upload:
            self._start = part[:START]
            self._upload = self._objects.call("create_multipart_upload", Key=self._key)["UploadId"]
        number = len(self._parts) + 1
        answer = self._objects.call("upload_part", Key=self._key, UploadId=self._upload, PartNumber=number, Body=part)
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._arrived += len(part)


class S3Ciphertext:
    """Reads an object by ranges, and refuses if the object changes in between."""

    def __init__(self, objects: S3Objects, key: str) -> None:
        self._objects, self._key = objects, key
        head = objects.call("head_object", Key=key)
        if "ETag" not in head or "ContentLength" not in head:
            raise StorageAway(f"the bucket {objects.bucket_name} broke off its answer")
        self.size, self._etag = head["ContentLength"], head["ETag"]

    def read_into(self, offset: int, buffer: memoryview) -> int:
        length = min(len(buffer), self.size - offset)
        if length <= 0:
            return 0
        place = f"bytes={offset}-{offset + length - 1}"
        data = self._objects.read(Key=self._key, Range=place, IfMatch=self._etag)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        return None
