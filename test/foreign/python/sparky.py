"""A client of Sparky's daemon, written from docs/protocol.md and nothing else."""

import asyncio
import json
import os
import random
import urllib.error
import urllib.request

import websockets

PROTOCOL = 1


class Refused(Exception):
    """An answer over HTTP that is a refusal."""

    def __init__(self, status, error):
        super().__init__(f"{status} {error['code']}: {error['message']}")
        self.status = status
        self.code = error["code"]


class Address:
    """Where the daemon is now, and its token."""

    def __init__(self):
        home = os.environ.get("SPARKY_HOME") or os.path.expanduser("~/.sparky")
        with open(os.path.join(home, "daemon.json"), encoding="utf-8") as file:
            self.url = json.load(file)["url"]
        self.token = os.environ.get("SPARKY_TOKEN")
        if not self.token:
            with open(os.path.join(home, "token"), encoding="utf-8") as file:
                self.token = file.read().strip()

    def web_socket(self, path):
        return self.url.replace("http", "ws", 1) + path


def call(method, path, body=None):
    """Asks over HTTP; returns what was answered, or raises Refused."""
    address = Address()
    request = urllib.request.Request(address.url + path, method=method)
    request.add_header("Authorization", "Bearer " + address.token)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        raise Refused(refusal.code, json.load(refusal)["error"]) from None


def connect(path="/api/ws/agent", query="", token=None, headers=True):
    """A WebSocket that is authenticated by its header, unless told otherwise."""
    address = Address()
    bearer = {"Authorization": "Bearer " + (token or address.token)} if headers else {}
    # A peer that is gone needs no time to say good-bye.
    return websockets.connect(
        address.web_socket(path) + query, extra_headers=bearer, max_size=None, close_timeout=0.1
    )


class Follower:
    """Everything that happens, from a cursor on, over as many connections as it takes."""

    def __init__(self, after=0, drop_after=None, **filters):
        self.cursor = after
        self.filters = filters
        # For tests: leaves without a word after so many frames, in the middle of whatever comes.
        self.drop_after = drop_after
        self.store_id = None
        self.connections = 0
        self.beginnings = 0

    def begin_anew(self):
        """This is another store, or an older copy of it: nothing that was seen counts."""
        self.cursor = 0
        self.beginnings += 1

    async def frames(self):
        """Yields every frame; never ends by itself."""
        wait = 0.1
        while True:
            try:
                async with connect() as socket:
                    connected = json.loads(await socket.recv())
                    if connected["type"] != "connected" or connected["protocol"] != PROTOCOL:
                        raise SystemExit(f"this is a protocol that I do not speak: {connected}")
                    if self.store_id not in (None, connected["store_id"]):
                        self.begin_anew()
                    self.store_id = connected["store_id"]
                    self.connections += 1
                    wait = 0.1
                    yield connected
                    await socket.send(json.dumps({"type": "subscribe", "after": self.cursor, **self.filters}))
                    left = self.drop_after and random.randint(1, self.drop_after)
                    async for text in socket:
                        if left == 0:
                            socket.transport.abort()
                            break
                        left = left and left - 1
                        frame = json.loads(text)
                        if frame.get("type") == "error" and "v" not in frame:
                            if frame["code"] != "usage" or self.cursor == 0:
                                raise SystemExit(f"refused: {frame}")
                            self.begin_anew()
                            break
                        yield frame
                        if "v" in frame and "seq" in frame:
                            self.cursor = frame["seq"]
                        elif frame["type"] == "caught_up":
                            self.cursor = max(self.cursor, frame["seq"])
            except (OSError, EOFError, ValueError, asyncio.TimeoutError) as reason:
                self.last_failure = reason
            except websockets.exceptions.WebSocketException as reason:
                self.last_failure = reason
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            wait = min(wait * 2, 5)


class Tasks:
    """Tasks, folded from events."""

    def __init__(self):
        self.by_id = {}

    def apply(self, event):
        kind, data, task_id = event["type"], event["data"], event["task_id"]
        if task_id is None:
            return
        if kind == "task_added":
            self.by_id.setdefault(task_id, data["task"])
            return
        if kind == "task_removed":
            self.by_id.pop(task_id, None)
            return
        task = self.by_id.get(task_id)
        if task is None or event["seq"] <= task["last_seq"]:
            return
        task = dict(task)
        if kind == "status":
            task.update(data["changes"], status=data["status"], error=data.get("error"))
        elif kind == "task_updated":
            task.update(data["changes"])
        elif kind == "progress":
            task["progress"] = data
        elif kind == "usage":
            task["usage"] = with_call(task["usage"], data)
        elif kind == "tool_use":
            task["usage"] = {**task["usage"], "tool_calls": task["usage"]["tool_calls"] + 1}
        task.update(updated_at=event["ts"], last_seq=event["seq"])
        self.by_id[task_id] = task


def with_call(usage, call):
    known = usage["cost_usd"]
    unknown = call["cost_usd"] is None or (known is None and usage["model_calls"] > 0)
    tokens = call["input_tokens"] + call["output_tokens"]
    return {
        **usage,
        "input_tokens": usage["input_tokens"] + call["input_tokens"],
        "output_tokens": usage["output_tokens"] + call["output_tokens"],
        "total_tokens": usage["total_tokens"] + tokens,
        "cost_usd": None if unknown else (known or 0) + call["cost_usd"],
        "model_calls": usage["model_calls"] + 1,
    }
