#!/usr/bin/env python3
"""A FastCGI program that says what it was sent.

    responder.py SOCKET|PORT|- LOG [NAME...]

It takes one request after the other ('-': from the socket that is its standard
input), reads all of the body, appends a line to LOG, and answers 200 with the
same line. The line has the method, CONTENT_LENGTH, the bytes of the body, whether
the stream was ended or cut, and the NAMEd parameters. '-' alone is a parameter
that is absent. It sends a body for HEAD, too, which the web server has to drop.
"""
import os
import socket
import struct
import sys
import threading

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def listener(where):
    if where == "-":
        return socket.socket(fileno=os.dup(0))
    if where.isdigit():
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", int(where)))
    else:
        s = socket.socket(socket.AF_UNIX)
        s.bind(where)
        os.chmod(where, 0o666)
    s.listen(64)
    return s


def exactly(f, n):
    data = f.read(n)
    if len(data) < n:
        raise EOFError
    return data


def params(data):
    out, at = {}, 0
    while at < len(data):
        lengths = []
        for _ in range(2):
            n = data[at]
            if n < 128:
                at += 1
            else:
                n = struct.unpack(">I", data[at:at + 4])[0] & 0x7FFFFFFF
                at += 4
            lengths.append(n)
        name = data[at:at + lengths[0]].decode("latin-1")
        at += lengths[0]
        out.setdefault(name, data[at:at + lengths[1]].decode("latin-1"))
        at += lengths[1]
    return out


def record(kind, request, content):
    return struct.pack(">BBHHBx", 1, kind, request, len(content), 0) + content


def serve(connection, log, names):
    f = connection.makefile("rb")
    keep, given, body, request = False, b"", 0, 0
    try:
        while True:
            _, kind, request, length, padding, _ = struct.unpack(
                ">BBHHBB", exactly(f, 8))
            content = exactly(f, length)
            exactly(f, padding)
            if kind == BEGIN:
                keep, given, body = bool(content[2] & 1), b"", 0
            elif kind == PARAMS:
                given += content
            elif kind == STDIN and content:
                body += length
            elif kind == STDIN:
                answer(connection, request, params(given), body, "ended", log, names)
                if not keep:
                    break
                given, body = b"", 0
    except (EOFError, OSError):
        if given:
            note(params(given), body, "cut", log, names)
    connection.close()


def note(given, body, how, log, names):
    shown = [given.get("REQUEST_METHOD", "-"),
             "CONTENT_LENGTH=" + given.get("CONTENT_LENGTH", "-"),
             "body=%d" % body, how]
    shown += ["%s=%s" % (name, given.get(name, "-")) for name in names]
    line = " ".join(shown) + "\n"
    with open(log, "a") as f:
        f.write(line)
    return line.encode("latin-1")


def answer(connection, request, given, body, how, log, names):
    line = note(given, body, how, log, names)
    header = b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    connection.sendall(record(STDOUT, request, header + line) +
                       record(STDOUT, request, b"") +
                       record(END, request, b"\0" * 8))


def main():
    sock, log, names = listener(sys.argv[1]), sys.argv[2], sys.argv[3:]
    while True:
        connection, _ = sock.accept()
        threading.Thread(target=serve, args=(connection, log, names),
                         daemon=True).start()


main()
