"""The receiver in Python with Flask, for gunicorn and uWSGI. OUTPUT is the file that the
users go to; FDATASYNC=1: they are on disk before the answer."""

import fcntl
import json
import os

from flask import Flask, request

app = Flask(__name__)
output = os.environ["OUTPUT"]
fdatasync = os.environ["FDATASYNC"] == "1"


@app.post("/")
def receive():
    users = json.loads(request.form["users"])
    if not all("$distinct_id" in user for user in users):
        return "a user has no $distinct_id\n", 400
    lines = "".join(json.dumps(user, ensure_ascii=False) + "\n" for user in users)
    with open(output, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(lines.encode())
        file.flush()
        # Others may write while this one waits for the disk.
        fcntl.flock(file, fcntl.LOCK_UN)
        if fdatasync:
            os.fdatasync(file.fileno())
    return f"stored {len(users)} users\n"
