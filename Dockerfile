# The daemon in a slim image: no compiler, no root, its state in one volume.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements/repwatch.txt requirements/
RUN python -m venv /opt/repwatch \
 && /opt/repwatch/bin/pip install --no-cache-dir --require-hashes -r requirements/repwatch.txt
COPY . .
RUN /opt/repwatch/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/repwatch --create-home repwatch
COPY --from=build /opt/repwatch /opt/repwatch
ENV PATH=/opt/repwatch/bin:$PATH \
    XDG_DATA_HOME=/var/lib \
    REPWATCH_CONFIG=/etc/repwatch/repwatch.yaml
USER repwatch
VOLUME /var/lib/repwatch
ENTRYPOINT ["repwatch"]
CMD ["run"]
