#!/usr/bin/python3
"""The receiver in Python as a CGI program, standard library only. OUTPUT is the
file that the users go to; FDATASYNC=1: they are on disk before the answer."""

import fcntl
import json
import os
import sys
from urllib.parse import parse_qs

body = sys.stdin.buffer.read(int(os.environ["CONTENT_LENGTH"]))
users = json.loads(parse_qs(body.decode())["users"][0])
if not all("$distinct_id" in user for user in users):
    print("Status: 400 Bad Request\n\na user has no $distinct_id")
    sys.exit()
lines = "".join(json.dumps(user, ensure_ascii=False) + "\n" for user in users)
with open(os.environ["OUTPUT"], "ab") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write(lines.encode())
    file.flush()
    if os.environ["FDATASYNC"] == "1":
        os.fdatasync(file.fileno())
print("Content-Type: text/plain\n")
print(f"stored {len(users)} users")
