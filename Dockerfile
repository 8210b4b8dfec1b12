# One recipe for every image: docker build --build-arg PACKAGE=escalation .
# PACKAGE: probe-runner, escalation, reporting, dashboard, or sambung (the lab, and the keys of the first start).
# An image holds its own dependencies and those of `shared`, and no other service's.
FROM python:3.11-slim-bookworm AS build
ARG PACKAGE
RUN python -m venv /venv
# The build backend looks for its own program on the path.
ENV PATH=/venv/bin:$PATH
COPY deploy/locks/${PACKAGE}.lock /locks/
RUN /venv/bin/pip install -q --disable-pip-version-check --require-hashes -r /locks/${PACKAGE}.lock
COPY . /src
RUN case "${PACKAGE}" in sambung) part=/src ;; *) part=/src/services/${PACKAGE} ;; esac \
    && /venv/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation /src/shared "$part"

FROM python:3.11-slim-bookworm
ARG PACKAGE
RUN useradd --uid 10001 --create-home sambung && mkdir /data && chown sambung /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 SAMBUNG_DATA_DIR=/data SAMBUNG_HTTP_HOST=0.0.0.0 SAMBUNG_HTTP_PORT=8080
USER sambung
WORKDIR /data
