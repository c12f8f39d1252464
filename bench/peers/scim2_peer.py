"""scim2-server with its store in memory, under uvicorn with uvloop and httptools: ``python scim2_peer.py PORT``."""

from __future__ import annotations

import sys

import uvicorn
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.utils import load_default_provider

if __name__ == "__main__":
    app = ASGIApplication(AsyncInMemoryStorage(), load_default_provider())
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning", loop="uvloop", http="httptools")
