# The hub's commands in an image: `docker build .`. Nothing of tests, and no tool to build with, is in it.

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv everything && everything/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY .ci/runtime_lock.py pyproject.toml README.md LICENSE ./
COPY hub hub
COPY connectors connectors
COPY schemas schemas
COPY policies policies
RUN everything/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
 && everything/bin/pip install --no-deps wheels/*.whl \
 && everything/bin/python runtime_lock.py requirements.lock > runtime.lock
RUN python -m venv /hub \
 && /hub/bin/pip install --no-cache-dir --require-hashes -r runtime.lock \
 && /hub/bin/pip install --no-cache-dir --no-deps wheels/*.whl

FROM python:3.11.14-slim-bookworm
RUN groupadd --system --gid 10001 hub \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin hub \
 && install -d -o hub -g hub -m 0700 /var/lib/hub /county
COPY --from=build /hub /hub
ENV PATH=/hub/bin:$PATH HUB_HOME=/var/lib/hub PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /
ENTRYPOINT ["hub"]
CMD ["--help"]
