"""Uploads of the fake API: it counts bytes and newlines, and keeps none of them."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response


class Uploads:
    """What was begun, by id; `breaks` pieces are cut off half way before one gets through."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.breaks = 0
        self.refuses = 0  # pieces, behind the first
        self.chunk_bytes = 64 * 1024

    def begin(self, wish: dict[str, Any]) -> dict[str, Any]:
        id = f"up{len(self.known) + 1}"
        upload = {"id": id, "state": "open", "reason": "", "offset": 0, "lines": 0, **wish}
        self.known[id] = upload | {"chunk_bytes": self.chunk_bytes}
        return self.known[id]


def add_uploads(app: FastAPI, uploads: Uploads) -> None:
    """The routes, without any check of who asks."""

    @app.post("/api/v1/uploads")
    async def begin(request: Request) -> Response:
        wish = await request.json()
        if wish["name"].endswith(".zip"):
            return _problem(415, "archive", "unpack it, and send what is in it")
        return JSONResponse(uploads.begin(wish), 201)

    @app.get("/api/v1/uploads/{id}")
    async def one(id: str) -> Response:
        found = uploads.known.get(id)
        return JSONResponse(found) if found else _problem(404, "not-found", "there is none")

    @app.post("/api/v1/uploads/{id}/complete")
    async def complete(id: str) -> Response:
        uploads.known[id]["state"] = "complete"
        return JSONResponse(uploads.known[id])

    @app.put("/api/v1/uploads/{id}")
    async def piece(id: str, request: Request) -> Response:
        upload = uploads.known[id]
        expected = upload["offset"]
        if uploads.refuses and expected:
            uploads.refuses -= 1
            return _problem(403, "forbidden", "not now")
        if int(request.headers["upload-offset"]) != expected:
            said = _problem(409, "upload-offset", f"the next piece begins at byte {expected}")
            said.headers["Upload-Offset"] = str(expected)
            return said
        async for data in request.stream():
            upload["offset"] += len(data)
            upload["lines"] += data.count(b"\n")
        if uploads.breaks:
            uploads.breaks -= 1
            return _problem(503, "unavailable", "the broker is away")
        if upload["offset"] == upload["size"]:
            upload["state"] = "complete"
        return JSONResponse(upload)


def _problem(status: int, kind: str, detail: str) -> JSONResponse:
    body = {"type": kind, "kind": kind, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")
