"""The doors over HTTP: requests become calls of journeys, results become answers. One core under uvicorn, tests and simulator."""
