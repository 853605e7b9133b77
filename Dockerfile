# The daemon in a slim image: no compiler, no root, its state in one volume, all else read-only.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/repwatch.txt requirements/
RUN python -m venv /opt/repwatch
RUN /opt/repwatch/bin/pip install --no-cache-dir --require-hashes -r requirements/repwatch.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations/
COPY repwatch repwatch/
RUN /opt/repwatch/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

FROM python:3.13-slim
RUN groupadd --gid 10001 repwatch \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/repwatch repwatch \
 && install -d -o repwatch -g repwatch -m 700 /var/lib/repwatch
COPY --from=build /opt/repwatch /opt/repwatch
# SQLite's temporary files can grow as large as the database: they go where that has its room.
ENV PATH=/opt/repwatch/bin:$PATH \
    REPWATCH_CONFIG=/etc/repwatch/repwatch.yaml \
    XDG_DATA_HOME=/var/lib \
    SQLITE_TMPDIR=/var/lib/repwatch \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /var/lib/repwatch
HEALTHCHECK --interval=2m --timeout=15s --start-period=2m CMD ["repwatch", "health"]
ENTRYPOINT ["repwatch"]
CMD ["run"]
