"""Serves the suite's @context files on this machine: contexts.py PORT FOLDER. With --probe URL it tells whether URL answers 200."""

import http.server
import pathlib
import sys
import urllib.request

if sys.argv[1] == "--probe":
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(sys.argv[2], timeout=5) as answer:
            sys.exit(answer.status != 200)
    except OSError:
        sys.exit(1)

folder = pathlib.Path(sys.argv[2])
port = int(sys.argv[1])
github = b"https://raw.githubusercontent.com/marek-mraz/ngsi-ld-test-suite/main/resources/jsonld-contexts"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = pathlib.PurePosixPath(self.path).name
        if self.path.startswith("/fiware/"):
            # Two fixtures name @contexts of FIWARE; the cases only look whether they are kept.
            status, body = 200, b'{"@context": {}}'
        elif (folder / name).is_file():
            status, body = 200, (folder / name).read_bytes().replace(github, f"http://127.0.0.1:{port}".encode())
        else:
            status, body = 404, b""
        self.send_response(status)
        self.send_header("Content-Type", "application/ld+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
