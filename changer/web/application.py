"""The application that the server runs (ASGI): checks, then an answer or a stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

import h11

from changer.documents.shown import libraries_document
from changer.errors import ChangerError, UsageError
from changer.web.admission import Policy, refused
from changer.web.answer import Answer, Body, as_sent, error_answer, json_body, refusal
from changer.web.feed import Feed, TooBusy, busy
from changer.web.metrics import Metrics
from changer.web.records import ASKED, Question
from changer.web.request import WebRequest, request_of
from changer.web.view import SHOWN, LibraryView

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_API = "/api/v1/"
_EVENTS = "text/event-stream"


class Application:
    """Answers requests. ``policy`` can be replaced while it runs.

    ``page``: files by their paths. ``report``: told of what a request could not be answered for.
    """

    def __init__(
        self, feed: Feed, page: Mapping[str, Body], policy: Policy, *, report: Callable[[str], None]
    ) -> None:
        self.policy = policy
        self._feed = feed
        self._page = page
        self._report = report
        self._metrics = Metrics(feed.views)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, unless its connection has ended meanwhile."""
        request = request_of(scope)
        with suppress(h11.LocalProtocolError):  # it is in no state to be answered any more
            answer = await self._answer_or_stream(request, receive, send)
            if answer is not None:
                await _send(answer, request, send)

    async def _answer_or_stream(
        self, request: WebRequest, receive: Receive, send: Send
    ) -> Answer | None:
        """The answer to send; None: a stream has been sent, and is over."""
        try:
            answer = refused(request, self.policy, is_page=request.path in self._page)
            if answer is not None:
                return answer
            if request.path == "/events":
                return await self._stream(request, receive, send)
            return await self._answer(request)
        except TooBusy:
            return busy()
        except UsageError as error:
            return error_answer(error, 400)
        except ChangerError as error:
            return error_answer(error, 503)
        except h11.LocalProtocolError:
            return None
        except Exception as error:
            self._report(f"a request was not answered: {type(error).__name__}: {error}")
            return refusal(500, "bug", "this request failed by a mistake in changer")

    async def _answer(self, request: WebRequest) -> Answer:
        if request.path in self._page:
            return Answer(200, self._page[request.path])
        if request.path == "/metrics":
            request.parameters()
            return self._metrics.answer(request)
        name = request.path.removeprefix(_API)
        if name == request.path or (name not in SHOWN and name not in ASKED and name != _LIST):
            return refusal(404, "not-found", "there is nothing of that name here")
        if name == _LIST:
            request.parameters()
            readers = (each.reader for each in self._feed.views)
            return Answer(200, json_body("libraries", libraries_document(readers)))
        known = () if name in SHOWN else ASKED[name].parameters
        parameters = request.parameters("library", *known)
        view = self._view(parameters.pop("library", ()))
        if isinstance(view, Answer):
            return view
        if name in SHOWN:
            return view.answer(name)
        return await self._feed.ask(view, Question(name, tuple(sorted(parameters.items()))))

    def _view(self, named: tuple[str, ...]) -> LibraryView | Answer:
        """The library that a request means: by its id or alias, or the only one."""
        views = self._feed.views
        if not named and len(views) == 1:
            return views[0]
        for view in views:
            if len(named) == 1 and named[0] in (view.id, view.overview().alias):
                return view
        hint = "/api/v1/libraries lists them"
        if not named:
            return refusal(400, "ambiguous-library", "name a library: ?library=ID", hint=hint)
        return refusal(404, "no-library", "there is no such library here", hint=hint)

    async def _stream(self, request: WebRequest, receive: Receive, send: Send) -> Answer | None:
        """Send events until one side ends; an answer instead where that is not possible."""
        named = request.parameters("library").get("library", ())
        view = self._view(named) if named else None
        if isinstance(view, Answer):
            return view
        if request.method == "HEAD":
            return Answer(200, Body(_EVENTS, b""))
        if self._feed.streams.are_full:
            answer = refusal(503, "busy", "too many streams are open", hint="try again later")
            return answer._replace(headers=(("retry-after", "30"),))
        stream = await self._feed.open_stream(
            None if view is None else view.id, request.header("last-event-id")
        )
        gone = asyncio.create_task(_until_gone(receive))
        gone.add_done_callback(lambda _: stream.end())
        try:
            status, headers, _ = as_sent(Answer(200, Body(_EVENTS, b"")), request)
            headers = [each for each in headers if each[0] != b"content-length"]
            headers += [(b"connection", b"close"), (b"x-accel-buffering", b"no")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            async for chunk in stream.chunks():
                if gone.done():
                    break
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self._feed.streams.close(stream)
        return None


_LIST = "libraries"


async def _send(answer: Answer, request: WebRequest, send: Send) -> None:
    status, headers, content = as_sent(answer, request)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
