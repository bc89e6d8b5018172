# The image that `kubeflow.image` names: each node of a compiled pipeline runs in it, on Kubeflow and on Vertex AI.
#
#   docker build -f deploy/pipeline.Dockerfile -t registry.example.com/penstock:1 .
#
# Give each state of the code its own tag: the caches of the services know the name of an image, not its content.
# Debian 13 has TFX 1.21 (Python 3.13). With --build-arg DEBIAN=12 the image has TFX 1.16 (Python 3.11).
ARG DEBIAN=13
FROM debian:${DEBIAN}-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libgomp1 python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

# Kubeflow's launcher copies artifacts to these folders as the user of the image. Earlier releases mount none there.
RUN useradd --uid 1000 --create-home penstock \
    && install -d -m 1777 /gcs /minio /s3

WORKDIR /penstock

# Before the code, so that an edit of the code does not install the packages again. The cache stays out of the image.
# Compiled here, because the user of the nodes cannot write: each start would compile them again.
COPY --chmod=755 pyproject.toml requirements.lock requirements-next.lock README.md ./
COPY --chmod=755 scripts/set-up scripts/uv.lock scripts/
COPY --chmod=755 components/__init__.py components/
COPY --chmod=755 modules/__init__.py modules/
COPY --chmod=755 penstock/__init__.py penstock/
COPY --chmod=755 pipeline/__init__.py pipeline/
RUN --mount=type=cache,target=/root/.cache/uv \
    UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 scripts/set-up \
    && rm -rf .tools

ENV PATH=/penstock/.venv/bin:$PATH \
    PYTHONPATH=/penstock \
    PYTHONUNBUFFERED=1

COPY --chmod=755 . .
RUN python -m compileall -q components modules penstock pipeline

# A number, so that Kubernetes can see that it is not root. --build-arg RUN_AS=0 is root.
ARG RUN_AS=1000
USER ${RUN_AS}
