"""What the tests have the client do: `scenarios.py NAME [JSON]`. Says what it saw as lines of JSON."""

import asyncio
import json
import sys

import websockets

import sparky

FINAL = ("completed", "failed", "cancelled")


def say(**words):
    print(json.dumps(words), flush=True)


async def follow(until, drop_after=None):
    """Adds a task, then follows everything, in order and without a gap, until a task with this prompt has ended, and all others."""
    follower, tasks, seen, prompts = sparky.Follower(0, drop_after), sparky.Tasks(), 0, {}
    ended, beginnings = False, 0
    mine = sparky.call("POST", "/api/v1/tasks", {"prompt": "List files", "labels": {"by": "python"}})
    async for frame in follower.frames():
        if beginnings != follower.beginnings:
            tasks, seen, beginnings = sparky.Tasks(), 0, follower.beginnings
        if "v" not in frame:
            say(frame=frame)
            continue
        if "seq" not in frame:
            continue
        if frame["seq"] != follower.cursor + 1:
            raise SystemExit(f"expected seq {follower.cursor + 1}, found {frame['seq']}")
        seen += 1
        tasks.apply(frame)
        if frame["type"] == "task_added":
            prompts[frame["task_id"]] = frame["data"]["task"]["prompt"]
        if frame["type"] == "status" and frame["data"]["status"] in FINAL:
            say(ended=frame["task_id"], mine=frame["task_id"] == mine["id"])
            ended = ended or prompts[frame["task_id"]] == until
            if ended and all(task["status"] in FINAL for task in tasks.by_id.values()):
                break
    fetched = sparky.call("GET", "/api/v1/tasks?limit=1000")["tasks"]
    say(
        events=seen,
        connections=follower.connections,
        beginnings=beginnings,
        folded=sorted(tasks.by_id.values(), key=lambda task: task["number"]),
        fetched=sorted(fetched, key=lambda task: task["number"]),
    )


async def quiet(task):
    """Follows one type of one task's events; the cursor moves on although nothing comes."""
    follower = sparky.Follower(after=0, tasks=[task], types=["tool_result"], id="quiet")
    shown = []
    async for frame in follower.frames():
        if "seq" in frame and "v" in frame:
            shown.append(frame["type"])
        elif frame["type"] == "caught_up":
            say(caught_up=frame["seq"], shown=shown)


async def answers(path, frames, count=None):
    """Sends each frame when the answer to the one before is there."""
    async with sparky.connect(path) as socket:
        say(frame=json.loads(await socket.recv()))
        for frame in frames:
            await socket.send(b"\x00\x01" if frame is None else frame)
            say(sent=frame, frame=json.loads(await asyncio.wait_for(socket.recv(), 10)))


async def heard(socket):
    """What comes until the end, and how that was."""
    try:
        async for text in socket:
            say(frame=json.loads(text))
    except websockets.exceptions.ConnectionClosed:
        pass
    say(code=socket.close_code, reason=socket.close_reason)


async def stay(path="/api/ws/agent", query="", token=None, headers=True, send=(), times=1):
    """Connects, sends these, and hears to the end."""
    async with sparky.connect(path, query, token, headers) as socket:
        hearing = asyncio.ensure_future(heard(socket))
        try:
            for _ in range(times):
                for frame in send:
                    await socket.send(frame)
        except websockets.exceptions.ConnectionClosed:
            pass
        await hearing


async def slow(tasks, characters):
    """Subscribes to everything and does not read while large tasks are added; then reads it all."""
    async with sparky.connect() as socket:
        connected = json.loads(await socket.recv())
        await socket.send(json.dumps({"type": "subscribe", "id": 7, "deltas": True}))
        while json.loads(await socket.recv())["type"] != "caught_up":
            pass
        for _ in range(tasks):
            sparky.call("POST", "/api/v1/tasks", {"prompt": "x" * characters})
        cursor, order = connected["seq"], []
        while order[-1:] != ["caught_up"] or cursor < connected["seq"] + tasks:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
            if "seq" in frame and "v" in frame:
                if frame["seq"] != cursor + 1:
                    raise SystemExit(f"expected seq {cursor + 1}, found {frame['seq']}")
                cursor = frame["seq"]
            elif frame["type"] in ("lagged", "caught_up"):
                say(frame=frame)
            if order[-1:] != [frame["type"]]:
                order.append(frame["type"])
        say(order=order, events=cursor - connected["seq"])


async def huge(size):
    await stay(send=[json.dumps({"type": "ping", "padding": "x" * size})])


async def leave():
    """Ends the connection itself."""
    async with sparky.connect() as socket:
        await socket.recv()
        await socket.close(1000, "done")
        say(code=socket.close_code)


async def refused(path, query="", headers=None):
    """A handshake that gets no WebSocket."""
    address = sparky.Address()
    extra = {"Authorization": "Bearer " + address.token, **(headers or {})}
    try:
        async with websockets.connect(address.web_socket(path) + query, extra_headers=extra):
            say(status=101)
    except websockets.exceptions.InvalidStatusCode as refusal:
        say(status=refusal.status_code)


if __name__ == "__main__":
    name, words = sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    try:
        asyncio.run(globals()[name](**words))
    except KeyboardInterrupt:
        pass
