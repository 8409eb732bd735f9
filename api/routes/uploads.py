"""/api/v1/uploads: log files in pieces, resumable; each line counts once."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from starlette.requests import ClientDisconnect

from api.audit import record
from api.documented import answered
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from api.routes.sources import nameable
from api.uploading import BLOCK_BYTES, Uploading
from connectors.stores import uploads
from connectors.stores.uploads import Upload
from schemas.errors import InvalidEvent
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page
from schemas.roles import Permission
from schemas.texts import Kept
from schemas.uploads import CHUNK_BYTES, GRAMMAR, NewUpload, UploadView

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

_GIB: Final = 1024**3
_SILENT_SECONDS: Final = 60.0
_DRAINED: Final = 2 * CHUNK_BYTES  # of a piece that is refused, so that its sender sees why
_COMPRESSED: Final = (".gz", ".tgz", ".bz2", ".xz", ".zst")
_STATUS: Final = {
    "archive": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "binary": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "expansion": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_EXAMPLE: Final = {
    "id": "5f0c1d2e3a4b5c6d7e8f901234567890",
    "name": "app.log",
    "source": "shop",
    "size": 1_048_576,
    "state": "open",
    "reason": "",
    "compression": "",
    "offset": 524_288,
    "chunk_bytes": CHUNK_BYTES,
    "bytes": 500_000,
    "lines": 5_000,
    "created_by": "ada",
    "created_at": "2026-11-23T10:15:30Z",
    "updated_at": "2026-11-23T10:15:31Z",
}
_PIECE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

Writer = Annotated[Caller, Depends(permit(Permission.WRITE_SOURCES))]
Id = Annotated[Kept, Path(max_length=64, examples=[_EXAMPLE["id"]])]


@router.get(
    "",
    response_model=Page[UploadView],
    responses=listed({"items": [_EXAMPLE]}),
    openapi_extra=parameters(GRAMMAR),
)
async def list_uploads(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(permit(Permission.READ))],
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Any:
    """The newest first; `q` is looked for in name and source."""
    asked, now = filter_of(request, GRAMMAR), datetime.now(UTC)

    async def fetch(count: int, after: str | None) -> Page[UploadView]:
        async with request.app.state.database.reading() as connection:
            rows, more = await uploads.page(connection, asked, now, count, after)
        return Page(items=[_view(request, row) for row in rows], next_cursor=more)

    return await listing(request, response, caller, "uploads", UploadView, fetch, limit, cursor)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=answered(_EXAMPLE, 413, status=201),
)
async def create_upload(request: Request, caller: Writer, new: NewUpload) -> UploadView:
    """Begin an upload. Lines count as those of `source`; a file read once raises no live alerts."""
    new = new.model_copy(update={"source": nameable(new.source, "source")})
    if new.size is not None:
        _check_size(request, new.size)
    id_ = uuid.uuid4().hex
    async with request.app.state.database.writing() as connection:
        upload = await uploads.create(connection, id_, new, caller.name)
        after = new.model_dump()
        await record(connection, caller, request, "uploads.create", f"uploads/{id_}", None, after)
    return _view(request, upload)


@router.get("/{id}", responses=answered(_EXAMPLE, 404))
async def one_upload(
    request: Request, _caller: Annotated[Caller, Depends(permit(Permission.READ))], id: Id
) -> UploadView:
    """How far it is: `offset` is where the next piece begins."""
    return _view(request, await _upload(request, id))


@router.put(
    "/{id}",
    responses=answered(_EXAMPLE, 404, 408, 409, 413, 415),
    openapi_extra=_PIECE,
)
async def put_piece(
    request: Request,
    caller: Writer,
    id: Id,
    upload_offset: Annotated[int | None, Header(ge=0)] = None,
    content_range: Annotated[str | None, Header(max_length=100)] = None,
) -> UploadView:
    """The next piece, of any size: from `Upload-Offset`, or `Content-Range: bytes 0-99/1000`.

    The answer comes when its lines are in the broker. After a break ask how far the upload is and
    go on from that `offset`; 409 says it, too. Of a compressed file that may be 0: it is
    decompressed anew then, and still no line counts twice. The piece that reaches `size` completes.
    """
    uploading: Uploading = request.app.state.uploading
    with uploading.alone(id):
        upload = await _upload(request, id)
        _check_open(upload)
        begin = _begin(upload_offset, content_range)
        expected = uploading.offset_of(upload)
        if begin != expected:
            detail = f"the next piece begins at byte {expected}, not at {begin}"
            headers = {"Upload-Offset": str(expected)}
            raise Problem(HTTPStatus.CONFLICT, "upload-offset", detail, headers=headers)
        return await _take(request, caller, upload, _blocks(request, upload, begin), False)


@router.post(
    "/{id}/complete",
    responses=answered({**_EXAMPLE, "state": "complete"}, 404, 409, 413, 415),
)
async def complete_upload(request: Request, caller: Writer, id: Id) -> UploadView:
    """Say that the file ends here; needed where its size was not said. Twice changes nothing."""
    uploading: Uploading = request.app.state.uploading
    with uploading.alone(id):
        upload = await _upload(request, id)
        if upload.state == "complete":
            return _view(request, upload)
        _check_open(upload)
        expected = uploading.offset_of(upload)
        if expected < upload.received or (upload.size or upload.received) != upload.received:
            detail = f"it is not all here: the next piece begins at byte {expected}"
            headers = {"Upload-Offset": str(expected)}
            raise Problem(HTTPStatus.CONFLICT, "upload-offset", detail, headers=headers)
        return await _take(request, caller, upload, _nothing(), True)


async def _take(
    request: Request, caller: Caller, upload: Upload, blocks: AsyncIterator[bytes], end: bool
) -> UploadView:
    uploading: Uploading = request.app.state.uploading
    try:
        taken = await uploading.take(upload, blocks, end)
        if taken.state == "complete":
            async with request.app.state.database.writing() as connection:
                object_, after = f"uploads/{upload.id}", {"lines": taken.lines}
                await record(connection, caller, request, "uploads.complete", object_, None, after)
        return _view(request, taken)
    except InvalidEvent as error:
        async for _ in _drained(request):
            pass
        status = _STATUS.get(error.reason, HTTPStatus.UNPROCESSABLE_ENTITY)
        raise Problem(status, error.reason, error.detail) from error


async def _blocks(request: Request, upload: Upload, begin: int) -> AsyncIterator[bytes]:
    """The body in blocks; ends early when its sender is gone. Raises Problem."""
    at = begin
    stream = request.stream()
    rest = b""
    while True:
        try:
            async with asyncio.timeout(_SILENT_SECONDS):
                data = await anext(stream, None)
        except TimeoutError:
            detail = f"nothing came for {_SILENT_SECONDS:g} s; go on later from the offset"
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "silent", detail) from None
        except ClientDisconnect:
            data = None
        if data is None:
            break
        at += len(data)
        _check_size(request, at)
        if upload.size is not None and at > upload.size:
            detail = f"more than the {upload.size} bytes that were announced"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)
        rest += data
        while len(rest) >= BLOCK_BYTES:
            yield rest[:BLOCK_BYTES]
            rest = rest[BLOCK_BYTES:]
    if rest:
        yield rest


async def _nothing() -> AsyncIterator[bytes]:
    """No more bytes."""
    if False:
        yield b""


async def _drained(request: Request) -> AsyncIterator[None]:
    """Reads on, up to a limit: who is still sending reads no answer."""
    read = 0
    try:
        async for data in request.stream():
            read += len(data)
            if read > _DRAINED:
                return
            yield
    except (ClientDisconnect, RuntimeError):  # the second: all of it was read before
        return


def _begin(upload_offset: int | None, content_range: str | None) -> int:
    """Where the piece begins in the file. Raises Problem 422."""
    if upload_offset is not None:
        return upload_offset
    if content_range is None:
        return 0
    found = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", content_range.strip())
    if found is None:
        errors = [{"in": "Content-Range", "detail": "write bytes FIRST-LAST/SIZE"}]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "invalid-request", "see errors", errors=errors)
    return int(found[1])


def _check_size(request: Request, size: int) -> None:
    limit = request.app.state.settings.upload_max_gib
    if size > limit * _GIB:
        detail = f"a file has at most UPLOAD_MAX_GIB = {limit:g} GiB, as it is sent"
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)


def _check_open(upload: Upload) -> None:
    if upload.state != "open":
        said = f"it is {upload.state}" + (f": {upload.reason}" if upload.reason else "")
        raise Problem(HTTPStatus.CONFLICT, "upload-ended", f"{said}; begin another upload")


async def _upload(request: Request, id_: str) -> Upload:
    async with request.app.state.database.reading() as connection:
        found = await uploads.find(connection, id_)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", f"there is no upload {id_}")
    return found


def _view(request: Request, upload: Upload) -> UploadView:
    uploading: Uploading = request.app.state.uploading
    return UploadView(
        id=upload.id,
        name=upload.name,
        source=upload.source,
        size=upload.size,
        state=upload.state,
        reason=upload.reason,
        compression=upload.compression or "",
        offset=uploading.offset_of(upload) if upload.state == "open" else upload.received,
        chunk_bytes=_chunk_bytes(request, upload),
        bytes=upload.taken,
        lines=upload.lines,
        created_by=upload.created_by,
        created_at=upload.created_at,
        updated_at=upload.updated_at,
    )


def _chunk_bytes(request: Request, upload: Upload) -> int:
    """Of a compressed file all at once: only the process that decompresses it can go on."""
    if upload.compression or upload.name.lower().endswith(_COMPRESSED):
        return int(request.app.state.settings.upload_max_gib * _GIB)
    return CHUNK_BYTES
