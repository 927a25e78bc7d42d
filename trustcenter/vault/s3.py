"""The vault's objects in an S3 bucket, through the client of django-storages; its file interface is switched off.

Credentials, region and endpoint come from boto3's own environment variables (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3 …).
"""

from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from trustcenter.vault.objects import NAME, PROBE, Missing, Unstored, checked
from trustcenter.work.ids import new_id

# S3 takes up to 10,000 parts of at least 5 MiB each. Parts of this size allow 78 GiB and keep memory use flat.
PART = 8 * 1024 * 1024
GONE = {"404", "NoSuchKey", "NotFound"}
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
TIMEOUT = 20
# The length of an encrypted stream's header, which is random.
START = 40


class S3Objects(S3Storage):
    """Objects `<location>/<name>`. They have no URL, are never overwritten, and are never read whole into memory."""

    def __init__(self, **options: Any) -> None:
        # AES-GCM and our SHA-256 check every byte end to end, and some S3 servers do not know Amazon's newer checksums.
        client = Config(
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            retries={"max_attempts": 3, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(file_overwrite=False, default_acl=None, gzip=False, client_config=client, **options)

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
            if self.call("get_object", Key=key)["Body"].read() != b"probe":
                raise OSError("the bytes that were read are not those that were written")
        finally:
            self.call("delete_object", Key=key)

    def key(self, name: str) -> str:
        return self._prefix() + checked(name)

    def call(self, operation: str, **arguments: Any) -> Any:
        """The bucket's answer. Raises Missing, Unstored if the name is taken, and OSError for every other error."""
        try:
            return getattr(self.connection.meta.client, operation)(Bucket=self.bucket_name, **arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in GONE and operation in {"head_object", "get_object"}:
                raise Missing(f"object {arguments['Key']} is gone") from None
            if code in TAKEN and "IfNoneMatch" in arguments:
                raise Unstored(f"there is already an object {arguments['Key']}") from None
            raise OSError(f"the bucket {self.bucket_name} refuses {operation}: {error}") from error
        except BotoCoreError as error:
            raise OSError(f"the bucket {self.bucket_name} does not answer {operation}: {error}") from error

    def _prefix(self) -> str:
        return f"{self.location.strip('/')}/".lstrip("/")

    def _is_ours(self, key: str) -> bool:
        """Whether this is the key of an object. The bucket may hold other things, also below our prefix."""
        return bool(NAME.fullmatch(key.removeprefix(self._prefix())))

    def _listed(self, operation: str, part: str, start: str = "") -> Iterator[Any]:
        """What the bucket lists as `part` of its answer, below our prefix and with names that begin with `start`."""
        try:
            pages = self.connection.meta.client.get_paginator(operation)
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=self._prefix() + start):
                yield from page.get(part, [])
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"the bucket {self.bucket_name} does not answer {operation}: {error}") from error


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
        found = self._objects.call("get_object", Key=self._key, Range=f"bytes=0-{START - 1}")["Body"].read()
        return bool(found == self._start)

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
        self.size, self._etag = head["ContentLength"], head["ETag"]

    def read_into(self, offset: int, buffer: memoryview) -> int:
        length = min(len(buffer), self.size - offset)
        if length <= 0:
            return 0
        place = f"bytes={offset}-{offset + length - 1}"
        data = self._objects.call("get_object", Key=self._key, Range=place, IfMatch=self._etag)["Body"].read()
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        return None
