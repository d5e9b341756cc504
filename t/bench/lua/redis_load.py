#!/usr/bin/env python3
"""Fills the Redis of the Lua peers from the files that cpu_load --dump wrote.

    redis_load.py SOCKET scans FILE      lines "/s/CODE TAB ETag TAB body"
    redis_load.py SOCKET places FILE     the same of /v1/places/ID, a Feature

A scan is stored under its code as "ETag TAB body".  A place is stored under
its id as the Feature without its last two braces, and added to the sorted set
"geo"; Redis takes latitudes up to 85.05 degrees only, the others are left out.
Prints how many it stored and left out.
"""
import json
import socket
import sys

BATCH = 500
LATITUDE_MAX = 85.05112878


class Redis:
    """A connection that sends commands in batches and checks every reply."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.replies = self.socket.makefile("rb")
        self.waiting = []

    def send(self, *words):
        words = [w if isinstance(w, bytes) else w.encode() for w in words]
        head = b"*%d\r\n" % len(words)
        self.waiting.append(
            head + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        if len(self.waiting) == BATCH:
            self.flush()

    def flush(self):
        self.socket.sendall(b"".join(self.waiting))
        for _ in self.waiting:
            reply = self.replies.readline()
            if reply[:1] not in (b"+", b":"):
                sys.exit("redis_load: Redis says " + repr(reply))
        self.waiting = []


def load_scan(redis, path, rest):
    redis.send("SET", path[len("/s/"):], rest)
    return True


def load_place(redis, path, rest):
    feature = rest.split("\t", 1)[1]
    members = json.loads(feature)
    geometry = members["geometry"]
    if geometry is None or abs(geometry["coordinates"][1]) > LATITUDE_MAX:
        return False
    if list(members)[-1] != "properties":
        members["properties"] = members.pop("properties")
        feature = json.dumps(members, ensure_ascii=False,
                             separators=(",", ":"))
    lng, lat = geometry["coordinates"][:2]
    place_id = path[len("/v1/places/"):]
    redis.send("GEOADD", "geo", repr(lng), repr(lat), place_id)
    redis.send("SET", place_id, feature[:-2])
    return True


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in ("scans", "places"):
        sys.exit(__doc__)
    redis = Redis(sys.argv[1])
    load = load_scan if sys.argv[2] == "scans" else load_place
    stored = left = 0
    with open(sys.argv[3], encoding="utf-8", newline="\n") as lines:
        for line in lines:
            path, rest = line.rstrip("\n").split("\t", 1)
            if load(redis, path, rest):
                stored += 1
            else:
                left += 1
    redis.flush()
    print("redis_load:", stored, "stored,", left, "left out")


main()
