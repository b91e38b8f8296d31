# The panel's bundle.
FROM node:20-slim AS bundle
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts
COPY ui ui
COPY integrations/helpdesks integrations/helpdesks
RUN npm run build

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
WORKDIR /app
COPY requirements-build.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.txt \
 && pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements.txt
COPY pyproject.toml alembic.ini LICENSE ./
COPY migrations migrations
COPY plugin plugin
COPY integrations integrations
COPY ui ui
COPY webhooks webhooks
COPY --from=bundle /app/ui/static/dist ui/static/dist
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
 && useradd --system mostrador \
 && mkdir /data && chown mostrador /data
USER mostrador
VOLUME /data
EXPOSE 8000
CMD ["mostrador", "serve", "--all"]
