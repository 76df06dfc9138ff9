# The server in a slim image: `docker build -t drawbridge .`, then docs/deploy.md.
# The first stage runs what everybody runs, `make setup`, on the same lock; the second has the result and nothing else.
FROM python:3.13-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/drawbridge
COPY pyproject.toml requirements.lock README.md Makefile ./
COPY spec spec
COPY interpreters interpreters
COPY execution execution
COPY server server
COPY examples examples
COPY docker docker
RUN make setup && .venv/bin/python docker/unneeded.py | xargs .venv/bin/python -m pip uninstall --quiet --yes \
    && .venv/bin/python -m compileall -q spec interpreters execution server && .venv/bin/drawbridge --version \
    && rm -rf docker Makefile requirements.lock

FROM python:3.13-slim
RUN apt-get update && apt-get install --yes --no-install-recommends bubblewrap && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home drawbridge && install -d -o drawbridge -g drawbridge -m 700 /data
COPY --from=build /opt/drawbridge /opt/drawbridge
ENV PATH=/opt/drawbridge/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DRAWBRIDGE_DATA_DIR=/data \
    DRAWBRIDGE_HOST=0.0.0.0 \
    DRAWBRIDGE_PORT=8422
USER drawbridge
WORKDIR /data
VOLUME /data
EXPOSE 8422
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8422/health/live', timeout=4)"]
CMD ["drawbridge", "serve"]
