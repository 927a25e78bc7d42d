"""The vault's objects in an S3 bucket, reached through django-storages, whose conveniences are closed here.

Credentials, region and endpoint are boto3's own environment variables (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL_S3 …).
"""

from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from trustcenter.vault.objects import NAME, PROBE, Missing, Unstored, checked
from trustcenter.work.ids import new_id

# S3 takes parts of 5 MiB and more, 10,000 at most: this one reaches 78 GiB and keeps memory flat.
PART = 8 * 1024 * 1024
GONE = {"404", "NoSuchKey", "NotFound"}
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
SECONDS = 20
# An encrypted stream's header, which is random.
START = 40


class S3Objects(S3Storage):
    """Objects `<location>/<name>`. Nothing is ever given a URL, overwritten, or read whole into memory."""

    def __init__(self, **options: Any) -> None:
        # Checksums are ours, stronger, and end to end; some stores that speak S3 do not know Amazon's newer ones.
        client = Config(
            connect_timeout=SECONDS,
            read_timeout=SECONDS,
            retries={"max_attempts": 3, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(file_overwrite=False, default_acl=None, gzip=False, client_config=client, **options)

    def url(self, *args: object, **kwargs: object) -> str:
        raise NotImplementedError("what is in the vault has no address")

    def _open(self, *args: object, **kwargs: object) -> None:
        raise NotImplementedError("what is in the vault is read by the vault")

    _save = _open

    def create(self, name: str) -> "S3Writing":
        return S3Writing(self, self.key(name))

    def open(self, name: str, mode: str = "rb") -> "S3Ciphertext":
        return S3Ciphertext(self, self.key(name))

    def delete(self, name: str) -> None:
        self.ask("delete_object", Key=self.key(name))

    def names(self) -> Iterator[tuple[str, float]]:
        for item in self._listed("list_objects_v2", "Contents"):
            if self._is_ours(item["Key"]):
                yield item["Key"].removeprefix(self._prefix()), item["LastModified"].timestamp()

    def sweep(self, before: float) -> int:
        swept = 0
        for upload in self._listed("list_multipart_uploads", "Uploads"):
            if upload["Initiated"].timestamp() < before and self._is_ours(upload["Key"]):
                self.ask("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
                swept += 1
        for item in self._listed("list_objects_v2", "Contents", PROBE):
            if item["LastModified"].timestamp() < before:
                self.ask("delete_object", Key=item["Key"])
                swept += 1
        return swept

    def probe(self) -> None:
        key = f"{self._prefix()}{PROBE}{new_id()}"
        self.ask("put_object", Key=key, Body=b"probe")
        try:
            if self.ask("get_object", Key=key)["Body"].read() != b"probe":
                raise OSError("what was read is not what was written")
        finally:
            self.ask("delete_object", Key=key)

    def key(self, name: str) -> str:
        return self._prefix() + checked(name)

    def ask(self, deed: str, **words: Any) -> Any:
        """What the bucket answers. Raises Missing, Unstored where a name is taken, and OSError for everything else."""
        try:
            return getattr(self.connection.meta.client, deed)(Bucket=self.bucket_name, **words)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in GONE and deed in {"head_object", "get_object"}:
                raise Missing(f"object {words['Key']} is gone") from None
            if code in TAKEN and "IfNoneMatch" in words:
                raise Unstored(f"there is an object {words['Key']} already") from None
            raise OSError(f"the bucket {self.bucket_name} answers {deed}: {error}") from error
        except BotoCoreError as error:
            raise OSError(f"the bucket {self.bucket_name} does not answer {deed}: {error}") from error

    def _prefix(self) -> str:
        return f"{self.location.strip('/')}/".lstrip("/")

    def _is_ours(self, key: str) -> bool:
        """Whether an object would lie there: other things may lie in the bucket, also below our prefix."""
        return bool(NAME.fullmatch(key.removeprefix(self._prefix())))

    def _listed(self, deed: str, what: str, start: str = "") -> Iterator[Any]:
        """What the bucket lists below our prefix under names that begin with `start`."""
        try:
            pages = self.connection.meta.client.get_paginator(deed)
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=self._prefix() + start):
                yield from page.get(what, [])
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"the bucket {self.bucket_name} does not answer {deed}: {error}") from error


class S3Writing:
    """Parts of an upload that has no name until it is complete; what fits into one part is sent at once, at the end."""

    def __init__(self, objects: S3Objects, key: str) -> None:
        self._objects, self._key = objects, key
        self._waiting = bytearray()
        self._upload = ""
        self._start = b""
        self._parts: list[dict[str, Any]] = []
        self._arrived = 0
        self._over = False

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) > PART:
            self._send(bytes(self._waiting[:PART]))
            del self._waiting[:PART]

    def finish(self, size: int) -> None:
        arrived = self._arrived + len(self._waiting)
        if arrived != size:
            self.abandon()
            raise Unstored(f"{size} bytes were written, {arrived} arrived")
        try:
            self._name(bytes(self._waiting))
        except Unstored:
            # A client that got no answer asks again, and is told that the name is taken: by its own first try.
            if not self._is_ours():
                raise
        self._over = True
        stored = self._objects.ask("head_object", Key=self._key)["ContentLength"]
        if stored != size:
            self._objects.ask("delete_object", Key=self._key)
            raise Unstored(f"{size} bytes were sent, {stored} arrived")

    def abandon(self) -> None:
        self._waiting.clear()
        if self._upload and not self._over:
            self._objects.ask("abort_multipart_upload", Key=self._key, UploadId=self._upload)
        self._over = True

    def _name(self, last: bytes) -> None:
        """Nothing is ever replaced: a store that has an object of that name says so."""
        if self._upload:
            self._send(last)
            words = {"UploadId": self._upload, "MultipartUpload": {"Parts": self._parts}}
            self._objects.ask("complete_multipart_upload", Key=self._key, IfNoneMatch="*", **words)
        else:
            self._start = last[:START]
            self._objects.ask("put_object", Key=self._key, Body=last, IfNoneMatch="*")

    def _is_ours(self) -> bool:
        """Whether the object begins as this one does: with a salt that nobody else has drawn."""
        if len(self._start) < START:
            return False
        found = self._objects.ask("get_object", Key=self._key, Range=f"bytes=0-{START - 1}")["Body"].read()
        return bool(found == self._start)

    def _send(self, part: bytes) -> None:
        if not self._upload:
            self._start = part[:START]
            self._upload = self._objects.ask("create_multipart_upload", Key=self._key)["UploadId"]
        number = len(self._parts) + 1
        words = {"UploadId": self._upload, "PartNumber": number, "Body": part}
        answer = self._objects.ask("upload_part", Key=self._key, **words)
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self._arrived += len(part)


class S3Ciphertext:
    """An object that is read by ranges, always of the same state of it."""

    def __init__(self, objects: S3Objects, key: str) -> None:
        self._objects, self._key = objects, key
        head = objects.ask("head_object", Key=key)
        self.size, self._etag = head["ContentLength"], head["ETag"]

    def read_into(self, offset: int, buffer: memoryview) -> int:
        length = min(len(buffer), self.size - offset)
        if length <= 0:
            return 0
        words = {"Range": f"bytes={offset}-{offset + length - 1}", "IfMatch": self._etag}
        data = self._objects.ask("get_object", Key=self._key, **words)["Body"].read()
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        return None
