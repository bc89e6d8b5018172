# The image of the prediction server alone: TensorFlow without GPU, no TFX, no Beam, no pipeline.
#
#   docker build -f deploy/server.Dockerfile -t registry.example.com/penstock-server:1 .
#   docker run --read-only --tmpfs /tmp -p 8501:8501 -v "$PWD/models:/models:ro" registry.example.com/penstock-server:1 \
#       --model taxi=/models/chicago-taxi
#
# Debian 13 has TensorFlow 2.21 (Python 3.13). With --build-arg DEBIAN=12 the image has TensorFlow 2.16 (Python 3.11).
ARG DEBIAN=13
FROM debian:${DEBIAN}-slim AS build

RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /penstock

# Behind a company's proxy only the certificates of the machine are valid.
ENV UV_SYSTEM_CERTS=true

COPY --chmod=755 scripts/uv.lock scripts/
RUN python3 -m venv .tools/uv \
    && .tools/uv/bin/python -m pip install -q --no-deps --only-binary :all: --require-hashes -r scripts/uv.lock

# Before the code, so that an edit of the code does not install the packages again. Compiled here, because the file system
# of a container is read-only. A third of TensorFlow's files are symbols for debuggers, and headers for compilers of
# operations.
COPY --chmod=755 requirements-server.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    .tools/uv/bin/uv venv -q --no-python-downloads --python python3 .venv \
    && .tools/uv/bin/uv pip sync -q --compile-bytecode --require-hashes --python .venv/bin/python requirements-server.lock \
    && cd .venv/lib/python3.*/site-packages/tensorflow \
    && rm -r include \
    && for library in libtensorflow_*.so.2; do strip --strip-unneeded -o stripped "$library" && mv stripped "$library"; done

# With --build-arg SAMPLING=1 it has PyArrow too, which `penstock serve --sample` writes its log with: 0.1 GB more.
ARG SAMPLING=
COPY --chmod=755 requirements.lock requirements-next.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    if [ -n "$SAMPLING" ]; then \
        lock=requirements-next.lock; \
        case "$(.venv/bin/python --version)" in *" 3.11."*) lock=requirements.lock ;; esac; \
        sed -n '/^pyarrow[a-z-]*==/,/[^\\]$/p' $lock >pyarrow.lock \
        && .tools/uv/bin/uv pip install -q --compile-bytecode --no-deps --require-hashes --python .venv/bin/python -r pyarrow.lock; \
    fi

# What builds the wheel is checked with the hashes of the lock, and is not part of the environment.
COPY --chmod=755 . .
RUN --mount=type=cache,target=/root/.cache/uv \
    .tools/uv/bin/uv pip install -q --compile-bytecode --no-deps --build-constraints requirements-next.lock \
    --python .venv/bin/python .

FROM debian:${DEBIAN}-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/*

COPY --from=build /penstock/.venv /penstock/.venv

ENV PATH=/penstock/.venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1

# gRPC and REST, as TensorFlow Serving has them.
EXPOSE 8500 8501

# A number, so that Kubernetes can see that it is not root. No file of the image belongs to it.
ARG RUN_AS=1000
USER ${RUN_AS}

ENTRYPOINT ["penstock", "serve", "--host", "0.0.0.0"]
CMD ["--model", "model=/models/model"]
