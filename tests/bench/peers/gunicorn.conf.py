# 2 processes, one a core, of 16 threads each that wait for lock and disk; nginx
# keeps its connections open.
import os

bind = "unix:" + os.environ["SOCKET"]
backlog = 1024
workers = 2
worker_class = "gthread"
threads = 16
keepalive = 75
timeout = 60
